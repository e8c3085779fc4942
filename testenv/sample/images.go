package sample

// Image is what one image reference stands for in the test environment.
type Image struct {
	// Ref is the reference as Pods name it.
	Ref string `json:"ref"`
	// Command is the program and its first arguments.
	Command []string `json:"command"`
	// Env is the environment that the image brings along.
	Env map[string]string `json:"env,omitempty"`
}

// The tags of the sample service.
const (
	Stable     = "1.0.0" // what serves at the start
	Good       = "1.1.0" // as good as Stable
	Errors     = "1.2.0" // fails 5% of its requests
	Slow       = "1.3.0" // takes 300 ms longer
	CrashLoop  = "1.4.0" // exits soon after its start
	NeverReady = "1.5.0" // never passes its readiness probe
	Lost       = "1.6.0" // answers 404 to every request
)

// Repository is the name of the sample's images without their tag.
const Repository = "headgate/sample"

// Ref returns the image reference of a tag.
func Ref(tag string) string { return Repository + ":" + tag }

// Images returns the images of the sample service, all of them run by the
// given headgate program.
func Images(program string) []Image {
	behaviour := []struct {
		tag string
		env map[string]string
	}{
		{Stable, nil},
		{Good, nil},
		{Errors, map[string]string{"SAMPLE_ERROR_RATE": "0.05"}},
		{Slow, map[string]string{"SAMPLE_DELAY": "300ms"}},
		{CrashLoop, map[string]string{"SAMPLE_NEVER_READY": "true", "SAMPLE_CRASH_AFTER": "300ms"}},
		{NeverReady, map[string]string{"SAMPLE_NEVER_READY": "true"}},
		{Lost, map[string]string{"SAMPLE_ERROR_RATE": "1", "SAMPLE_ERROR_CODE": "404"}},
	}
	images := make([]Image, 0, len(behaviour))
	for _, b := range behaviour {
		env := map[string]string{"SAMPLE_VERSION": b.tag}
		for k, v := range b.env {
			env[k] = v
		}
		images = append(images, Image{Ref: Ref(b.tag), Command: []string{program, "sample"}, Env: env})
	}
	return images
}
