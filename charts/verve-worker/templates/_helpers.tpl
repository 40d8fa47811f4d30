{{/* What all objects are called, and the installation. */}}
{{- define "verve-worker.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "verve-worker" .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-verve-worker" (.Release.Name | replace "." "-") | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "verve-worker.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "verve-worker.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* Where AgentRuns, Jobs and pods of runs are. */}}
{{- define "verve-worker.runsNamespace" -}}
{{- (.Values.config.kubernetes | default dict).namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "verve-worker.selector" -}}
app.kubernetes.io/name: verve-worker
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: worker
{{- end -}}

{{- define "verve-worker.labels" -}}
app.kubernetes.io/name: verve-worker
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: verve
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "verve-worker.imageOf" -}}
{{- $name := list .registry .repository | compact | join "/" -}}
{{- if .digest -}}
{{- printf "%s@%s" $name .digest -}}
{{- else -}}
{{- printf "%s:%s" $name .tag -}}
{{- end -}}
{{- end -}}

{{- define "verve-worker.image" -}}
{{- $image := .Values.image -}}
{{- include "verve-worker.imageOf" (dict "registry" $image.registry "repository" $image.repository "digest" $image.digest "tag" ($image.tag | default .Chart.AppVersion)) -}}
{{- end -}}

{{- define "verve-worker.agentImage" -}}
{{- $image := .Values.image -}}
{{- include "verve-worker.imageOf" (dict "registry" $image.registry "repository" $image.agentRepository "tag" ($image.tag | default .Chart.AppVersion)) -}}
{{- end -}}

{{/* Where a key of a Secret or a ConfigMap is mounted. */}}
{{- define "verve-worker.pathOf" -}}
{{- if .configMap -}}
{{- printf "/etc/verve/config-maps/%s/%s" .configMap .key -}}
{{- else -}}
{{- printf "/etc/verve/secrets/%s/%s" .secret .key -}}
{{- end -}}
{{- end -}}

{{/* Whether a value names a key of a Secret or a ConfigMap: empty, or not. */}}
{{- define "verve-worker.isReference" -}}
{{- if kindIs "map" . -}}{{- if and .key (or .secret .configMap) -}}true{{- end -}}{{- end -}}
{{- end -}}

{{/* Settings with `…File: <path>` in the place of `…From: { secret, key }`, as YAML. */}}
{{- define "verve-worker.settings" -}}
{{- if kindIs "map" . -}}
{{- $out := dict -}}
{{- range $name, $value := . -}}
  {{- if and (hasSuffix "From" $name) (include "verve-worker.isReference" $value) -}}
    {{- $_ := set $out (printf "%sFile" (trimSuffix "From" $name)) (include "verve-worker.pathOf" $value) -}}
  {{- else if eq $name "environmentFrom" -}}
    {{- $paths := dict -}}
    {{- range $variable, $from := $value -}}{{- $_ := set $paths $variable (include "verve-worker.pathOf" $from) -}}{{- end -}}
    {{- $_ := set $out "environmentFiles" $paths -}}
  {{- else -}}
    {{- $_ := set $out $name (include "verve-worker.settings" $value | fromYaml).value -}}
  {{- end -}}
{{- end -}}
{{- toYaml (dict "value" $out) -}}
{{- else if kindIs "slice" . -}}
{{- $out := list -}}
{{- range . -}}{{- $out = append $out (include "verve-worker.settings" . | fromYaml).value -}}{{- end -}}
{{- toYaml (dict "value" $out) -}}
{{- else -}}
{{- toYaml (dict "value" .) -}}
{{- end -}}
{{- end -}}

{{/* A value without what is null in it, which is no value, as YAML. */}}
{{- define "verve-worker.withoutNulls" -}}
{{- if kindIs "map" . -}}
{{- $out := dict -}}
{{- range $name, $value := . -}}
  {{- if not (kindIs "invalid" $value) -}}
    {{- $_ := set $out $name (include "verve-worker.withoutNulls" $value | fromYaml).value -}}
  {{- end -}}
{{- end -}}
{{- toYaml (dict "value" $out) -}}
{{- else if kindIs "slice" . -}}
{{- $out := list -}}
{{- range . -}}{{- $out = append $out (include "verve-worker.withoutNulls" . | fromYaml).value -}}{{- end -}}
{{- toYaml (dict "value" $out) -}}
{{- else -}}
{{- toYaml (dict "value" .) -}}
{{- end -}}
{{- end -}}

{{/* Every key that settings name, each a line of JSON. */}}
{{- define "verve-worker.references" -}}
{{- if kindIs "map" . -}}
  {{- range $name, $value := . -}}
    {{- if and (hasSuffix "From" $name) (include "verve-worker.isReference" $value) }}
{{ toJson $value }}
    {{- else if eq $name "environmentFrom" -}}
      {{- range $value }}
{{ toJson . }}
      {{- end -}}
    {{- else -}}
      {{- include "verve-worker.references" $value -}}
    {{- end -}}
  {{- end -}}
{{- else if kindIs "slice" . -}}
  {{- range . -}}{{- include "verve-worker.references" . -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The worker's settings without what is a pod's: its `…From` are Kubernetes' own. */}}
{{- define "verve-worker.config" -}}
{{- $config := (include "verve-worker.withoutNulls" .Values.config | fromYaml).value -}}
{{- $kubernetes := $config.kubernetes | default dict -}}
{{- $_ := set $kubernetes "namespace" (include "verve-worker.runsNamespace" .) -}}
{{- $_ := set $kubernetes "installation" (include "verve-worker.name" .) -}}
{{- if not $kubernetes.image -}}{{- $_ := set $kubernetes "image" (include "verve-worker.agentImage" .) -}}{{- end -}}
{{- if not $kubernetes.imagePullPolicy -}}{{- $_ := set $kubernetes "imagePullPolicy" .Values.image.pullPolicy -}}{{- end -}}
{{- if not $kubernetes.imagePullSecrets -}}{{- $_ := set $kubernetes "imagePullSecrets" .Values.image.pullSecrets -}}{{- end -}}
{{- $settings := (include "verve-worker.settings" (omit $config "kubernetes" "key") | fromYaml).value -}}
{{- if .Values.config.key -}}
{{- $_ := set $settings "keyFile" (include "verve-worker.pathOf" (dict "secret" (include "verve-worker.keySecret" .) "key" "key")) -}}
{{- end -}}
{{- if not $settings.name -}}{{- $_ := set $settings "name" (include "verve-worker.name" .) -}}{{- end -}}
{{- /* A value of null takes the default away, and the worker's own runs tasks as its processes. */}}
{{- $_ := set $settings "executor" "kubernetes" -}}
{{- $_ := set $settings "kubernetes" $kubernetes -}}
{{- toYaml $settings -}}
{{- end -}}

{{- define "verve-worker.keySecret" -}}
{{- printf "%s-key" (include "verve-worker.name" .) -}}
{{- end -}}

{{/* Changes with what a process reads only when it starts. */}}
{{- define "verve-worker.checksum" -}}
{{- printf "%s %s" (include "verve-worker.config" .) (.Values.config.key | default "") | sha256sum -}}
{{- end -}}

{{/* What the schema cannot say of values that belong together. */}}
{{- define "verve-worker.check" -}}
{{- include "verve.checkUnprinted" . -}}
{{- include "verve.checkVariables" . -}}
{{- include "verve.checkNames" . -}}
{{- if and .Values.config.key .Values.config.keyFrom -}}
{{- fail "config.key: stands instead of config.keyFrom, not beside it" -}}
{{- end -}}
{{- range $list, $field := dict "agents" "name" "credentials" "prefix" "forges" "prefix" -}}
{{- $found := dict -}}
{{- range $n, $entry := get $.Values.config $list | default list -}}
{{- $value := get $entry $field -}}
{{- if hasKey $found $value -}}
{{- fail (printf "config.%s.%d.%s: %s is that of config.%s.%d, too" $list $n $field $value $list (get $found $value)) -}}
{{- end -}}
{{- $_ := set $found $value $n -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The parts of a pod that works, examines or removes with the worker's image. */}}
{{- define "verve-worker.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "verve-worker.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
readOnlyRootFilesystem: true
{{- end -}}

{{- define "verve-worker.mounts" -}}
- { name: config, mountPath: /etc/verve/config, readOnly: true }
- { name: secrets, mountPath: /etc/verve/secrets, readOnly: true }
{{- if include "verve-worker.sources" (list "configMap" .) }}
- { name: config-maps, mountPath: /etc/verve/config-maps, readOnly: true }
{{- end }}
- { name: data, mountPath: /var/lib/verve }
- { name: tmp, mountPath: /tmp }
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{/*
The keys that settings name, of Secrets ("secret") or ConfigMaps ("configMap"), as sources of a projected volume. One that
is not there yet keeps no pod from saying so.
*/}}
{{- define "verve-worker.sources" -}}
{{- $kind := index . 0 -}}
{{- $values := (index . 1).Values -}}
{{- $found := include "verve-worker.references" (omit $values.config "kubernetes") -}}
{{- if $values.config.key -}}
{{- $found = printf "%s\n%s" $found (dict "secret" (include "verve-worker.keySecret" (index . 1)) "key" "key" | toJson) -}}
{{- end -}}
{{- range splitList "\n" $found | compact | uniq -}}
{{- $reference := fromJson . -}}
{{- with get $reference $kind }}
- {{ $kind }}:
    name: {{ quote . }}
    optional: true
    items:
      - key: {{ $reference.key | quote }}
        path: {{ printf "%s/%s" . $reference.key | quote }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "verve-worker.volumes" -}}
- name: config
  configMap: { name: {{ include "verve-worker.name" . | quote }} }
- name: secrets
  projected:
    defaultMode: 0440
    sources: {{- include "verve-worker.sources" (list "secret" .) | trim | nindent 6 }}
{{- with include "verve-worker.sources" (list "configMap" .) }}
- name: config-maps
  projected:
    defaultMode: 0444
    sources: {{- . | trim | nindent 6 }}
{{- end }}
- name: data
  emptyDir: {{ if .Values.spoolSizeLimit }}{ sizeLimit: {{ .Values.spoolSizeLimit | quote }} }{{ else }}{}{{ end }}
- name: tmp
  emptyDir: {}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end -}}
{{- end -}}
