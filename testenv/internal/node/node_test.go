package node_test

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func intOrName(name string) intstr.IntOrString { return intstr.FromString(name) }

func TestPodBecomesReady(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("web", server()))
	pod := c.ready(t, ns, "web")
	if got := get(t, pod.Status.PodIP, "/name"); got != "web" {
		t.Errorf("asked for its name, the pod says %q", got)
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.ContainersReady} {
		if s := condition(pod, kind); s != corev1.ConditionTrue {
			t.Errorf("condition %s is %q", kind, s)
		}
	}
	if s := pod.Status.ContainerStatuses[0]; pod.Status.Phase != corev1.PodRunning || s.State.Running == nil || !*s.Started {
		t.Errorf("phase %s, container %+v", pod.Status.Phase, s)
	}
	for _, reason := range []string{"Scheduled", "Pulled", "Created", "Started"} {
		c.event(t, ns, "web", reason, "")
	}
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c.Status
		}
	}
	return ""
}

func TestContainerGetsItsEnvironmentAndVolumes(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	if _, err := c.CoreV1().ConfigMaps(ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "conf"}, Data: map[string]string{"color": "blue"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	app := shell(`echo ip=$IP color=$COLOR file=$(cat /conf/color) labels=$(cat /info/labels)
echo scratch > /scratch/f && echo work=$(cat /scratch/f) host=$(hostname) user=$(id -u)
echo token=$(wc -c < /var/run/secrets/kubernetes.io/serviceaccount/token) ns=$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)
sleep 1000`)
	app.Env = []corev1.EnvVar{
		{Name: "IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
		{Name: "COLOR", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "conf"}, Key: "color"}}},
	}
	app.VolumeMounts = []corev1.VolumeMount{{Name: "conf", MountPath: "/conf"}, {Name: "info", MountPath: "/info"}, {Name: "work", MountPath: "/scratch"}}
	pod := named("env", app)
	user := int64(4321)
	pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: &user}
	pod.Spec.Volumes = []corev1.Volume{
		{Name: "conf", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "conf"}}}},
		{Name: "info", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{{Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels"}}}}}},
		{Name: "work", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}
	c.create(t, ns, pod)
	log := c.logs(t, ns, "env", "ns=", &corev1.PodLogOptions{})
	got := c.ready(t, ns, "env")
	for _, want := range []string{"ip=" + got.Status.PodIP, "color=blue", "file=blue", `labels=app="env"`, "work=scratch", "ns=" + ns} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in %q", want, log)
		}
	}
	if strings.Contains(log, "token=0") || strings.Contains(log, "token= ") {
		t.Errorf("no token: %q", log)
	}
	if !rootless() && !strings.Contains(log, "user=4321") {
		t.Errorf("not the user asked for: %q", log)
	}
}

func TestCrashLoop(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	app := shell("echo going down; echo last words > /dev/termination-log; exit 3")
	c.create(t, ns, named("crash", app))
	pod := c.pod(t, ns, "crash", func(p *corev1.Pod) string {
		for _, s := range p.Status.ContainerStatuses {
			if s.RestartCount >= 1 && s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff" {
				return ""
			}
		}
		return "not in a crash loop"
	})
	last := pod.Status.ContainerStatuses[0].LastTerminationState.Terminated
	if last == nil || last.ExitCode != 3 || last.Reason != "Error" || last.Message != "last words\n" {
		t.Errorf("last state: %+v", last)
	}
	if pod.Status.Phase != corev1.PodRunning {
		t.Errorf("phase %s", pod.Status.Phase)
	}
	c.event(t, ns, "crash", "BackOff", "Back-off restarting failed container app")
	c.logs(t, ns, "crash", "going down", &corev1.PodLogOptions{Previous: true})
}

func TestUnknownImageThenLoaded(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("late", corev1.Container{Image: "team/late:2", Args: []string{"sleep 1000"}}))
	pod := c.pod(t, ns, "late", func(p *corev1.Pod) string {
		for _, s := range p.Status.ContainerStatuses {
			if s.State.Waiting != nil && s.State.Waiting.Reason == "ImagePullBackOff" {
				return ""
			}
		}
		return "no ImagePullBackOff"
	})
	if got := pod.Status.ContainerStatuses[0].State.Waiting.Message; !strings.Contains(got, `"team/late:2" is not in this environment`) {
		t.Errorf("message %q", got)
	}
	c.event(t, ns, "late", "Failed", "Failed to pull image")
	c.load(t, "late", `{"ref": "team/late:2", "command": ["sh", "-c"]}`)
	c.ready(t, ns, "late")
}

func TestUnusableConfigurationSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	app := shell("sleep 1000")
	app.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "later"}}}}
	c.create(t, ns, named("conf", app))
	c.pod(t, ns, "conf", func(p *corev1.Pod) string {
		for _, s := range p.Status.ContainerStatuses {
			if w := s.State.Waiting; w != nil && w.Reason == "CreateContainerConfigError" && strings.Contains(w.Message, `secrets "later" not found`) {
				return ""
			}
		}
		return "no CreateContainerConfigError"
	})
	if _, err := c.CoreV1().Secrets(ns).Create(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "later"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.ready(t, ns, "conf")
}

func TestDeletionIsGraceful(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	app := shell(`trap 'echo term after $(cat /tmp/stopped 2>/dev/null); sleep 0.3; echo done; exit 0' TERM
echo up; while :; do sleep 0.05; done`)
	app.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"sh", "-c", "sleep 0.3; echo hook > /tmp/stopped"}}}}
	pod := named("polite", app)
	grace := int64(30)
	pod.Spec.TerminationGracePeriodSeconds = &grace
	c.create(t, ns, pod)
	c.logs(t, ns, "polite", "up", &corev1.PodLogOptions{})
	follow := make(chan string, 1)
	go func() {
		b, err := c.CoreV1().Pods(ns).GetLogs("polite", &corev1.PodLogOptions{Follow: true}).DoRaw(context.Background())
		follow <- string(b) + text(err)
	}()
	c.logs(t, ns, "polite", "up", &corev1.PodLogOptions{}) // the other one is under way
	begin := time.Now()
	if err := c.CoreV1().Pods(ns).Delete(t.Context(), "polite", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.gone(t, ns, "polite")
	if took := time.Since(begin); took < 600*time.Millisecond || took > 20*time.Second {
		t.Errorf("gone after %v: the hook and the handler take .6 s, the grace period is 30 s", took)
	}
	if log := <-follow; !strings.Contains(log, "term after hook") || !strings.Contains(log, "done") {
		t.Errorf("the hook runs first, then SIGTERM is handled; log %q", log)
	}
}

func TestDeletionKillsWhoDoesNotListen(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	c.create(t, ns, named("deaf", shell("trap '' TERM; echo up; while :; do sleep 0.05; done"))) // grace 1 s
	c.logs(t, ns, "deaf", "up", &corev1.PodLogOptions{})
	begin := time.Now()
	if err := c.CoreV1().Pods(ns).Delete(t.Context(), "deaf", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.gone(t, ns, "deaf")
	if took := time.Since(begin); took < 900*time.Millisecond {
		t.Errorf("gone after %v, before its grace period of 1 s", took)
	}
	c.event(t, ns, "deaf", "Killing", "Stopping container app")
}

func TestJobPods(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	tests := map[string]struct {
		policy corev1.RestartPolicy
		script string
		phase  corev1.PodPhase
		code   int32
	}{
		"done":   {corev1.RestartPolicyNever, "exit 0", corev1.PodSucceeded, 0},
		"failed": {corev1.RestartPolicyNever, "exit 5", corev1.PodFailed, 5},
		"second": {corev1.RestartPolicyOnFailure, "[ -e /w/x ] || { touch /w/x; exit 1; }", corev1.PodSucceeded, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := shell(tt.script)
			app.VolumeMounts = []corev1.VolumeMount{{Name: "w", MountPath: "/w"}}
			pod := named(name, app)
			pod.Spec.RestartPolicy = tt.policy
			pod.Spec.Volumes = []corev1.Volume{{Name: "w", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
			c.create(t, ns, pod)
			got := c.pod(t, ns, name, func(p *corev1.Pod) string {
				if p.Status.Phase != tt.phase {
					return "phase " + string(p.Status.Phase)
				}
				return ""
			})
			if end := got.Status.ContainerStatuses[0].State.Terminated; end == nil || end.ExitCode != tt.code {
				t.Errorf("ended with %+v", end)
			}
		})
	}
}

func TestInitContainersAndSidecarsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	c := up(t)
	ns := c.namespace(t)
	say := func(name, script string) corev1.Container {
		s := shell(strings.ReplaceAll(script, "SAY", "echo "+name+" >> /w/order"))
		s.Name = name
		s.VolumeMounts = []corev1.VolumeMount{{Name: "w", MountPath: "/w"}}
		return s
	}
	stay := corev1.ContainerRestartPolicyAlways
	proxy := say("proxy", "trap 'cat /w/order; exit 0' TERM; sleep 0.3; SAY; touch /w/started; while :; do sleep 0.05; done")
	proxy.RestartPolicy = &stay
	proxy.StartupProbe = &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"test", "-e", "/w/started"}}},
		PeriodSeconds: 1, FailureThreshold: 30,
	}
	pod := named("order", say("app", "trap 'echo app-stopped >> /w/order; exit 0' TERM; SAY; while :; do sleep 0.05; done"))
	pod.Spec.InitContainers = []corev1.Container{say("first", "sleep 0.2; SAY"), proxy, say("second", "SAY")}
	pod.Spec.Volumes = []corev1.Volume{{Name: "w", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	grace := int64(20)
	pod.Spec.TerminationGracePeriodSeconds = &grace
	c.create(t, ns, pod)
	got := c.ready(t, ns, "order")
	if s := got.Status.InitContainerStatuses; s[0].State.Terminated == nil || s[1].State.Running == nil || !s[1].Ready {
		t.Errorf("init containers: %+v", s)
	}
	follow := make(chan string, 1)
	go func() {
		b, err := c.CoreV1().Pods(ns).GetLogs("order", &corev1.PodLogOptions{Container: "proxy", Follow: true}).DoRaw(context.Background())
		follow <- strings.Join(strings.Fields(string(b)+text(err)), " ")
	}()
	c.logs(t, ns, "order", "", &corev1.PodLogOptions{Container: "proxy"})
	eventually(t, "app", func() string {
		if out, _ := c.exec(t, ns, "order", "app", "cat", "/w/order"); !strings.Contains(out, "app") {
			return out
		}
		return ""
	})
	if err := c.CoreV1().Pods(ns).Delete(t.Context(), "order", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.gone(t, ns, "order")
	if log := <-follow; log != "first proxy second app app-stopped" {
		t.Errorf("order of events: %q", log)
	}
}
