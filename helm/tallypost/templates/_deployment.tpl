{{/* A service's Deployment, ServiceAccount and PodDisruptionBudget:
     (dict "root" $ "component" "intake-service" "service" .Values.intake "api" true "database" true "relays" true
           "environment" "- name: …" "secretFiles" "- …" "graceSeconds" 60 "autoscaled" false "operatorKey" true) */}}
{{- define "tallypost.deployment" -}}
{{- $ := .root -}}
{{- $me := . -}}
{{- $fullname := printf "%s-%s" (include "tallypost.fullname" $) .component -}}
{{- $databaseCa := and .database (include "tallypost.databaseCa" $) -}}
{{- $kafkaCa := and (include "tallypost.kafkaTls" $) $.Values.kafka.tls.caSecret -}}
{{- $encryptionKeys := and .relays $.Values.relays.encryptionKeys.existingSecret -}}
{{- $parts := list (include "tallypost.environment" .) .environment -}}
{{- if .database }}{{ $parts = append $parts (include "tallypost.databaseEnvironment" .) }}{{ end -}}
{{- if .relays }}{{ $parts = append $parts (include "tallypost.relayEnvironment" $) }}{{ end -}}
{{- $environment := join "\n" $parts -}}
{{- $parts = list (include "tallypost.kafkaFiles" .) .secretFiles -}}
{{- if .database }}{{ $parts = append $parts (include "tallypost.databaseFiles" .) }}{{ end -}}
{{- $secretFiles := join "\n" (without $parts "" nil) -}}
{{- $set := list -}}
{{- range fromYamlArray $environment }}{{ $set = append $set .name }}{{ end -}}
{{- range fromYamlArray $secretFiles }}{{ $set = append $set ((first .secret.items).path | upper | replace "." "_" | replace "-" "_") }}{{ end -}}
{{- range $name := $set -}}
{{- if or (hasKey $.Values.env $name) (hasKey $me.service.env $name) -}}
{{- fail (printf "env: %s of %s follows from other values: set those" $name $me.component) -}}
{{- end -}}
{{- end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $fullname }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "tallypost.labels" . | nindent 4 }}
spec:
  {{- if not .autoscaled }}
  replicas: {{ .service.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "tallypost.selector" . | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels:
        {{- include "tallypost.podLabels" . | nindent 8 }}
      {{- with $.Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ $fullname }}
      automountServiceAccountToken: false
      # Kubernetes' variables for its Services would look like settings.
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ .graceSeconds }}
      securityContext:
        {{- include "tallypost.podSecurity" (dict "uid" 1000) | nindent 8 }}
      {{- with include "tallypost.pullSecrets" $ }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with $.Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "tallypost.selector" $me | nindent 14 }}
          # Each version by itself, or the old pods would tell where the new ones may go.
          matchLabelKeys: [pod-template-hash]
        {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "tallypost.image" . | quote }}
          imagePullPolicy: {{ $.Values.image.pullPolicy }}
          securityContext:
            {{- include "tallypost.containerSecurity" $ | nindent 12 }}
          env:
            {{- $environment | nindent 12 }}
            {{- with include "tallypost.furtherEnvironment" . | trim }}
            {{- . | nindent 12 }}
            {{- end }}
          ports:
            {{- if .api }}
            - name: http
              containerPort: 8080
            {{- end }}
            - name: management
              containerPort: 9090
          # A service waits for its database, up to two minutes, before it answers here.
          startupProbe:
            httpGet: {path: /health/liveness, port: management}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 120
          livenessProbe:
            httpGet: {path: /health/liveness, port: management}
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /health/readiness, port: management}
            periodSeconds: 3
            timeoutSeconds: 2
            failureThreshold: 2
          lifecycle:
            preStop:
              sleep:
                seconds: {{ $.Values.preStopSeconds }}
          resources:
            {{- toYaml .service.resources | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- if $secretFiles }}
            {{- include "tallypost.secretsMount" $ | nindent 12 }}
            {{- end }}
            {{- if .operatorKey }}
            - name: operator-key
              mountPath: /var/run/tallypost
            {{- end }}
            {{- if $kafkaCa }}
            - name: kafka-ca
              mountPath: /etc/tallypost/kafka-ca
              readOnly: true
            {{- end }}
            {{- if $databaseCa }}
            - name: database-ca
              mountPath: /etc/tallypost/database-ca
              readOnly: true
            {{- end }}
            {{- if $encryptionKeys }}
            - name: encryption-keys
              mountPath: /etc/tallypost/encryption-keys
              readOnly: true
            {{- end }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 256Mi
        {{- with $secretFiles }}
        {{- include "tallypost.secretsVolume" . | nindent 8 }}
        {{- end }}
        {{- if .operatorKey }}
        - name: operator-key
          emptyDir:
            medium: Memory
            sizeLimit: 1Mi
        {{- end }}
        {{- if $kafkaCa }}
        {{- include "tallypost.fileVolume" (dict "name" "kafka-ca" "secret" $.Values.kafka.tls.caSecret "key" $.Values.kafka.tls.caKey) | nindent 8 }}
        {{- end }}
        {{- if $databaseCa }}
        {{- include "tallypost.fileVolume" (dict "name" "database-ca" "secret" $databaseCa "key" $.Values.database.tls.caKey) | nindent 8 }}
        {{- end }}
        {{- if $encryptionKeys }}
        {{- include "tallypost.fileVolume" (dict "name" "encryption-keys" "secret" $.Values.relays.encryptionKeys.existingSecret "key" $.Values.relays.encryptionKeys.key) | nindent 8 }}
        {{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $fullname }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "tallypost.labels" . | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $fullname }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "tallypost.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .service.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "tallypost.selector" . | nindent 6 }}
{{- if .api }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $fullname }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "tallypost.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "tallypost.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
{{- end }}
{{- end -}}
