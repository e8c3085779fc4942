package workload

// Plan is what a Rollout will do to Deployments and their configuration.
type Plan struct {
	// Stable and Candidate are such as "Deployment demo/sample".
	Stable    string `json:"stable"`
	Candidate string `json:"candidate"`
	// Baseline is empty where there is none.
	Baseline string `json:"baseline,omitempty"`
	// Differs is false when the new version serves already.
	Differs bool `json:"differs"`
	// Images are the containers whose image changes.
	Images []ImageChange `json:"images,omitempty"`
	// Changes are the changed fields of stable, one path a line, without their
	// values (they may be secret).
	Changes []string `json:"changes,omitempty"`
	// Create are the objects that will be made.
	Create []Creation `json:"create"`
	// StableReplicas is what stable runs now; Autoscaler names what scales it.
	StableReplicas int    `json:"stableReplicas"`
	Autoscaler     string `json:"autoscaler,omitempty"`
	// FixedReplicas is the candidate's size when it does not follow weight.
	FixedReplicas int `json:"fixedReplicas,omitempty"`
	// Warnings are what a person should know beforehand.
	Warnings []string `json:"warnings,omitempty"`
}

// ImageChange is one container's image before and after.
type ImageChange struct {
	Container string `json:"container"`
	From      string `json:"from"`
	To        string `json:"to"`
}

// Creation is an object to be made.
type Creation struct {
	// Object is such as "ConfigMap demo/settings-canary".
	Object string `json:"object"`
	// Why is half a sentence.
	Why string `json:"why"`
}

// Replicas is the number of candidate Pods that stand ready before the
// candidate's share becomes weight, in percent.
func (p Plan) Replicas(weight int) int {
	if p.FixedReplicas > 0 {
		return p.FixedReplicas
	}
	return replicasFor(p.StableReplicas, weight)
}

// replicasFor is the candidate's part of stable's size, rounded up, at least 1.
func replicasFor(stable, weight int) int {
	return max(1, (stable*min(max(weight, 0), 100)+99)/100)
}
