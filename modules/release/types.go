package release

// APIVersion and Kind head every Release.
const (
	APIVersion = "headgate.dev/v1"
	Kind       = "Release"
)

// Release says what is rolled out, through which routes, by which strategy,
// past which gates.
type Release struct {
	// APIVersion is the version of this format: headgate.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=headgate.dev/v1"`
	// Kind is Release.
	Kind string `json:"kind" jsonschema:"required,enum=Release"`
	// Metadata names the Release.
	Metadata Metadata `json:"metadata" jsonschema:"required"`
	// Spec is what is asked for.
	Spec Spec `json:"spec,omitzero"`
}

// Metadata names the Release.
type Metadata struct {
	// Name is the Release's name, and the Deployment's unless target says
	// otherwise.
	Name string `json:"name" jsonschema:"required"`
	// Namespace is where the Deployment is. Without it the command line or the
	// kubeconfig's context decides.
	Namespace string `json:"namespace,omitempty"`
	// Labels are put on what Headgate creates for this Release.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are for people and other tools; Headgate does not read them.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Spec is what a Release asks for.
type Spec struct {
	// Target is the workload that serves now.
	Target Target `json:"target,omitzero"`
	// Service is the Service whose traffic is moved. Without it, it is the one
	// that selects the target's Pods.
	Service string `json:"service,omitempty"`
	// Candidate is the version on trial.
	Candidate Candidate `json:"candidate,omitzero"`
	// Routes are the mesh's routes to edit. Without any, all routes that send to
	// the Service are found and edited.
	Routes []Route `json:"routes,omitempty"`
	// Strategy is how traffic is moved. Without one it is a canary in the steps
	// 1, 5, 25, 50, 100.
	Strategy Strategy `json:"strategy,omitzero"`
	// Gates are what the candidate must pass at every step. Without the field
	// there is one: errors at most 1%. An empty list asks for no gates at all.
	Gates []Gate `json:"gates,omitzero"`
	// Decision is how the gates decide and what they promise.
	Decision Decision `json:"decision,omitzero"`
	// Metrics says where requests are counted.
	Metrics Metrics `json:"metrics,omitzero"`
	// Timeouts bound the waiting.
	Timeouts Timeouts `json:"timeouts,omitzero"`
	// Watchdog asks for a Job in the cluster that puts traffic back when nobody
	// drives the Rollout any more. Without the field there is none.
	Watchdog *Watchdog `json:"watchdog,omitempty"`
}

// Target is the workload that serves now.
type Target struct {
	// Kind is Deployment.
	Kind string `json:"kind,omitempty" jsonschema:"enum=Deployment,default=Deployment"`
	// Name is the workload's name, metadata.name by default.
	Name string `json:"name,omitempty"`
}

// Candidate is the version on trial: a new image, or several, or the manifests
// of the new version, in which case images replace those in the manifests.
type Candidate struct {
	// Image is the new image of the app's container: the one that the annotation
	// kubectl.kubernetes.io/default-container names, else the one with the
	// Deployment's name, else the first. It can be given on the command line
	// instead.
	Image string `json:"image,omitempty"`
	// Images are new images by container name, where several change.
	Images map[string]string `json:"images,omitempty"`
	// Manifests are files or folders with the new version's Deployment and the
	// ConfigMaps and Secrets that change with it. Paths start at the folder of
	// this file; once decoded they start at the working directory.
	Manifests []string `json:"manifests,omitempty"`
	// Replicas fixes the candidate's size. Without it the candidate grows with
	// its weight.
	Replicas *int `json:"replicas,omitempty" jsonschema:"minimum=1"`
	// Subset is the candidate's subset in the DestinationRule.
	Subset string `json:"subset,omitempty" jsonschema:"default=canary"`
}

// Route is an object of the mesh that sends traffic to the Service.
type Route struct {
	// Kind is VirtualService.
	Kind string `json:"kind,omitempty" jsonschema:"enum=VirtualService,default=VirtualService"`
	// Name is the object's name.
	Name string `json:"name" jsonschema:"required"`
	// Namespace is the object's namespace, the Release's by default.
	Namespace string `json:"namespace,omitempty"`
	// HTTP are the names of the http routes to edit. Without any, all that send
	// to the Service are edited.
	HTTP []string `json:"http,omitempty"`
}

// Timeouts bound the waiting. All have defaults and none can be switched off.
type Timeouts struct {
	// Ready bounds each wait for Pods.
	Ready Duration `json:"ready,omitzero" jsonschema:"default=5m"`
	// Route bounds each wait until the data plane follows a new weight.
	Route Duration `json:"route,omitzero" jsonschema:"default=1m"`
	// Drain bounds each wait until no request reaches a side any more.
	Drain Duration `json:"drain,omitzero" jsonschema:"default=30s"`
	// Total bounds the Rollout; what is not promoted by then is put back.
	Total Duration `json:"total,omitzero" jsonschema:"default=1h"`
}
