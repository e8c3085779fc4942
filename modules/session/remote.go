package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/incluster"
	"github.com/headgate-ci/headgate/modules/release"
)

// Remote is a whole Rollout that runs as a Job in the cluster.
type Remote struct {
	cluster *cluster.Cluster
	name    string
	job     *incluster.Job
	// before is when the Journal was last written before the Job began.
	before time.Time
}

// RemoteOptions say how a Rollout runs in the cluster.
type RemoteOptions struct {
	// Image holds the headgate program.
	Image string
	// Account is an existing ServiceAccount with the rights of a Rollout.
	Account string
	// Getenv reads the variables that the Release names, which the Job needs, too.
	Getenv func(string) string
	// Patience is the Job's own with somebody who begins before it does.
	Patience Patience
}

// remoteMemory is by measurement: a Rollout holds 15 MiB of its own memory, and
// more where there are many proxies to read.
var remoteMemory = incluster.Memory{Request: 32 << 20, Limit: 256 << 20}

// final are the exit codes that say how a Rollout ended. After another one, such
// as that of a killed process or of one that leaves the Rollout to the next Pod,
// the Job starts a Pod that goes on.
var final = []int32{1, 3, 4, 5, 80}

// StartRemote starts a Rollout of a Release as a Job. What only a Rollout's own
// preflight can see is seen by the Job.
func StartRemote(ctx context.Context, c *cluster.Cluster, rel *release.Release, o RemoteOptions) (*Remote, error) {
	if o.Image == "" {
		return nil, errors.New("no image with the headgate program is known; name one with --headgate-image, or set HEADGATE_IMAGE")
	}
	s, err := newSession(c, rel)
	if err != nil {
		return nil, err
	}
	goesOn := ""
	_, err = s.freshRecord(ctx)
	if unfinished := (*UnfinishedError)(nil); errors.As(err, &unfinished) && unfinished.Own {
		goesOn = unfinished.State.ID
	} else if err != nil {
		return nil, c.Reachable(err)
	}
	r := &Remote{cluster: c, name: rel.Metadata.Name}
	if r.before, err = r.written(ctx); err != nil {
		return nil, err
	}
	spec, err := remoteSpec(rel, o, goesOn)
	if err != nil {
		return nil, err
	}
	if _, err := c.Check(ctx, remoteAccess(spec)); err != nil {
		return nil, err
	}
	if err := incluster.Check(ctx, c.Dynamic, spec); err != nil {
		return nil, c.Reachable(err)
	}
	r.job, err = incluster.Start(ctx, c.Dynamic, spec)
	return r, err
}

// remoteSpec is the Job, with the Release and what that refers to in files.
func remoteSpec(rel *release.Release, o RemoteOptions, goesOn string) (incluster.Spec, error) {
	b, err := pack(rel, o.Getenv)
	if err != nil {
		return incluster.Spec{}, err
	}
	if goesOn != "" {
		b.env[VariableGoesOn] = goesOn
	}
	ns := rel.Metadata.Namespace
	return incluster.Spec{
		Namespace: ns, Release: rel.Metadata.Name, Duty: incluster.Run, Image: o.Image, Account: o.Account,
		Args:  append([]string{"run", "--file", incluster.Folder + "/" + releaseFile, "--namespace", ns, "--progress", "plain"}, o.Patience.args()...),
		Files: b.files, Env: b.env, NameIn: VariableJob, Confidential: b.confidential,
		Retries: 6, Final: final, Keep: time.Hour, Grace: 3 * time.Minute, Memory: remoteMemory,
	}, nil
}

func remoteAccess(spec incluster.Spec) []cluster.Access {
	const because = "run the rollout in the cluster; headgate rbac --watchdog prints the Role"
	bundle := "configmaps"
	if spec.Confidential {
		bundle = "secrets"
	}
	var out []cluster.Access
	add := func(group, resource string, verbs ...string) {
		for _, v := range verbs {
			out = append(out, cluster.Access{Verb: v, Group: group, Resource: resource, Namespace: spec.Namespace, Because: because})
		}
	}
	add("batch", "jobs", "get", "list", "create", "patch", "delete")
	add("", bundle, "create")
	add("", "pods", "list")
	return out
}

// Job is the Job's name.
func (r *Remote) Job() string { return r.job.Name }

// encodeRelease is the Release as a file.
func encodeRelease(rel *release.Release) ([]byte, error) {
	data, err := json.Marshal(rel)
	if err != nil {
		return nil, fmt.Errorf("encode the release: %w", err)
	}
	return data, nil
}
