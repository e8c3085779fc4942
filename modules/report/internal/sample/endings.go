package sample

import (
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// Held is a Rollout that waits for a person: a gate has not decided, and traffic
// went back.
func Held() report.Result {
	m := newMaker()
	m.done("candidate", 0, 4*time.Second, "2 of 2 replicas ready")
	m.move(5)
	m.gate(5, 20, .001, 1)
	m.move(10)
	m.gate(10, 20, .004, 1)
	last := &m.res.Steps[len(m.res.Steps)-1]
	last.Status, last.Gates[0].Outcome = report.Failed, "inconclusive"
	m.at = m.at.Add(4 * time.Second)
	r := m.end(report.Held, "gate errors has not decided within 20s: "+last.Gates[0].Reason)
	r.Next = "`headgate resume shop -n prod` to go on, `headgate rollback shop -n prod` to put everything back"
	return r
}

// Unfinished is a Rollout as it stands while its second gate is asked.
func Unfinished() report.Result {
	m := newMaker()
	m.done("candidate", 0, 4*time.Second, "2 of 2 replicas ready")
	m.move(5)
	m.gate(5, 20, .001, 1)
	m.move(25)
	m.gate(25, 12, .001, 1)
	last := &m.res.Steps[len(m.res.Steps)-1]
	last.Status, last.Gates[0].Outcome = report.Running, "inconclusive"
	m.res.Steps = append(m.res.Steps, report.Step{Name: "update stable", Weight: 25, Status: report.Pending})
	r := m.end(report.Unfinished, "")
	r.Weight = weight(25)
	return r
}

// Crashed is a Rollout whose candidate never got ready; stable served meanwhile.
func Crashed() report.Result {
	m := newMaker()
	for range 12 {
		m.look("candidate", 0, 0, 1)
	}
	const why = "Deployment prod/shop-canary is not ready: CrashLoopBackOff: container shop of Pod prod/shop-canary-6c9d-x2b4 exited with 1 (3 times)"
	m.res.Steps = []report.Step{
		{Name: "candidate", Status: report.Failed, Seconds: 12, Logs: []string{"reading /etc/shop/config.yaml", `panic: open /etc/shop/config.yaml: no such file or directory`}},
		{Name: "weight 5%", Weight: 5, Status: report.Pending},
	}
	r := m.end(report.RolledBack, why+"; see `kubectl logs -n prod deploy/shop-canary`")
	return r
}

func weight(w int) *int { return &w }
