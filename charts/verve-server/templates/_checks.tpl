{{/* Made by `npm run charts` from scripts/charts/checks.tpl. Stops where a value is wrong that may hold a secret, without printing it. */}}
{{- define "verve.checkUnprinted" -}}
{{- range $rule := .Files.Get "files/unprinted.json" | fromJsonArray -}}
{{- include "verve.checkUnprintedAt" (dict "rule" $rule "steps" $rule.path "at" "" "value" $.Values) -}}
{{- end -}}
{{- end -}}

{{- define "verve.checkUnprintedAt" -}}
{{- $given := . -}}
{{- if not .steps -}}
  {{- if and (kindIs "string" .value) (not (and .rule.mayBeEmpty (eq .value ""))) -}}
    {{- range .rule.matches -}}
      {{- if not (regexMatch . $given.value) -}}{{- fail (printf "%s: %s" $given.at $given.rule.words) -}}{{- end -}}
    {{- end -}}
    {{- range .rule.matchesNot -}}
      {{- if regexMatch . $given.value -}}{{- fail (printf "%s: %s" $given.at $given.rule.words) -}}{{- end -}}
    {{- end -}}
  {{- end -}}
{{- else if and (eq (first .steps) "*") (kindIs "slice" .value) -}}
  {{- range $n, $one := .value -}}
    {{- include "verve.checkUnprintedAt" (dict "rule" $given.rule "steps" (rest $given.steps) "at" (printf "%s.%d" $given.at $n) "value" $one) -}}
  {{- end -}}
{{- else if kindIs "map" .value -}}
  {{- $step := first .steps -}}
  {{- if hasKey .value $step -}}
    {{- include "verve.checkUnprintedAt" (dict "rule" .rule "steps" (rest .steps) "at" (printf "%s.%s" .at $step | trimPrefix ".") "value" (get .value $step)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* Variables that begin with VERVE_ are settings, which have values of their own; that of the log's level says nothing else. */}}
{{- define "verve.checkVariables" -}}
{{- range $n, $variable := .Values.extraEnv -}}
{{- if and (hasPrefix "VERVE_" $variable.name) (ne $variable.name "VERVE_LOG_LEVEL") -}}
{{- fail (printf "extraEnv.%d.name: %s is a setting, which stands below `config`" $n $variable.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A label or an annotation that the chart has already would stand there twice. */}}
{{- define "verve.checkNames" -}}
{{- range $path, $names := dict "podLabels" .Values.podLabels "podAnnotations" .Values.podAnnotations "metrics.podMonitor.labels" .Values.metrics.podMonitor.labels -}}
{{- range $name, $_ := $names -}}
{{- if or (eq $name "checksum/config") (regexMatch "^(app[.]kubernetes[.]io/(name|instance|component|part-of|version|managed-by)|helm[.]sh/chart)$" $name) -}}
{{- fail (printf "%s: %s is the chart's own, and cannot be set" $path $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
