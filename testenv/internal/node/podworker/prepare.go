package podworker

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox"
)

// refreshPeriod is how often volumes follow their objects in the cluster.
const refreshPeriod = 15 * time.Second

// prepare makes the Pod's network and volumes, trying again until they stand.
// It is false when the Pod must end before.
func (w *Worker) prepare(ctx context.Context) bool {
	w.mentionResources()
	ok := w.insist(ctx, "FailedCreatePodSandBox", w.connect) &&
		w.insist(ctx, "FailedMount", w.volumes.Fill)
	if ok {
		w.mu.Lock()
		w.prepared = true
		w.mu.Unlock()
		w.touch()
	}
	return ok
}

func (w *Worker) insist(ctx context.Context, reason string, do func(context.Context) error) bool {
	wait := configBackoff
	for {
		err := do(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		w.warn(nil, reason, err.Error())
		if !sleep(ctx, max(wait.next(), wait.first)) {
			return false
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// connect gives the Pod its network and address.
func (w *Worker) connect(context.Context) error {
	if w.origin.Spec.HostNetwork {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.network, w.ip = new(sandbox.Network), w.rt.Node
		return nil
	}
	ip, err := w.rt.Pods.Take()
	if err != nil {
		return err
	}
	network, err := sandbox.NewNetwork(sandbox.NetworkConfig{Pod: ip, Node: w.rt.Node, Sysctls: sysctls(w.origin)})
	if err != nil {
		w.rt.Pods.Return(ip)
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.network, w.ip = network, ip
	return nil
}

func sysctls(pod *corev1.Pod) map[string]string {
	settings := map[string]string{}
	if sc := pod.Spec.SecurityContext; sc != nil {
		for _, s := range sc.Sysctls {
			settings[s.Name] = s.Value
		}
	}
	return settings
}

// mentionResources says once what does not happen here.
func (w *Worker) mentionResources() {
	var names []string
	for _, list := range [][]*container{w.inits, w.containers} {
		for _, c := range list {
			if len(c.spec.Resources.Requests)+len(c.spec.Resources.Limits) > 0 {
				names = append(names, c.spec.Name)
			}
		}
	}
	if len(names) > 0 {
		w.say(nil, "ResourcesIgnored", fmt.Sprintf("resources of %s are not enforced on this node", strings.Join(names, ", ")))
	}
}

// refresh keeps volumes up to date: tokens expire, ConfigMaps change.
func (w *Worker) refresh(ctx context.Context) {
	for sleep(ctx, refreshPeriod) {
		if err := w.volumes.Fill(ctx); err != nil && ctx.Err() == nil {
			w.warn(nil, "FailedMount", err.Error())
		}
	}
}

// release takes down what prepare made.
func (w *Worker) release() {
	w.mu.Lock()
	network, ip := w.network, w.ip
	w.network, w.prepared = nil, false
	w.mu.Unlock()
	if network != nil {
		if err := network.Close(); err != nil {
			w.rt.Log.Warn("pod network not removed", "pod", w.name(), "error", err)
		}
		if !w.origin.Spec.HostNetwork {
			w.rt.Pods.Return(ip)
		}
	}
	if err := os.RemoveAll(w.dir()); err != nil {
		w.rt.Log.Warn("pod folder not removed", "pod", w.name(), "error", err)
	}
}

func (w *Worker) name() string { return w.origin.Namespace + "/" + w.origin.Name }
