{{/* What all objects are called. */}}
{{- define "verve-server.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "verve-server" .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-verve-server" (.Release.Name | replace "." "-") | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "verve-server.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "verve-server.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "verve-server.selector" -}}
app.kubernetes.io/name: verve-server
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "verve-server.labels" -}}
app.kubernetes.io/name: verve-server
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: verve
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "verve-server.image" -}}
{{- $image := .Values.image -}}
{{- $name := list $image.registry $image.repository | compact | join "/" -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* Whether tasks are kept in Postgres: empty, or not. */}}
{{- define "verve-server.hasPostgres" -}}
{{- if or .Values.postgres.url .Values.postgres.secret -}}true{{- end -}}
{{- end -}}

{{/* The server's settings; what comes from Secrets stands in variables. */}}
{{- define "verve-server.config" -}}
{{- $own := dict "port" 8080 "metricsPort" 8081 -}}
{{- if not (include "verve-server.hasPostgres" .) -}}{{- $_ := set $own "dataDir" "/var/lib/verve" -}}{{- end -}}
{{- toYaml (merge $own .Values.config) -}}
{{- end -}}

{{/* What the schema cannot say of values that belong together. */}}
{{- define "verve-server.check" -}}
{{- include "verve.checkUnprinted" . -}}
{{- include "verve.checkVariables" . -}}
{{- include "verve.checkNames" . -}}
{{- if regexMatch "^[0-9]" (include "verve-server.name" .) -}}
{{- fail (printf "fullnameOverride: is needed with a name that begins with a letter, as Services have it: %s does not" (include "verve-server.name" .)) -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not (include "verve-server.hasPostgres" .)) -}}
{{- fail "replicas: more than one takes Postgres, by postgres.url or postgres.secret: a SQLite file is for one process" -}}
{{- end -}}
{{- if and .Values.postgres.url .Values.postgres.secret -}}
{{- fail "postgres: takes a url or a secret, not both" -}}
{{- end -}}
{{- if and .Values.adminKey.value .Values.adminKey.secret -}}
{{- fail "adminKey: takes a value or a secret, not both" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host: is needed where ingress.enabled is true" -}}
{{- end -}}
{{- $times := .Values.config.times | default dict -}}
{{- if le (float64 ($times.leaseSeconds | default 180)) (float64 ($times.heartbeatSeconds | default 10)) -}}
{{- fail "config.times.leaseSeconds: must be longer than config.times.heartbeatSeconds" -}}
{{- end -}}
{{- end -}}
