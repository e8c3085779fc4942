package sample

import (
	"io"
	"strings"
	"testing"
	"time"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestFlagsSayMoreThanTheEnvironment(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"SAMPLE_VERSION": "1.2.0", "SAMPLE_ERROR_RATE": "0.05", "SAMPLE_CALL_RATE": "7"}
	c, err := parse([]string{"-error-rate=0.5"}, environment(vars), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if c.version != "1.2.0" || c.errorRate != 0.5 || c.callRate != 7 {
		t.Errorf("version %s, error rate %v, call rate %v", c.version, c.errorRate, c.callRate)
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		vars map[string]string
		args []string
		want string
	}{
		{map[string]string{"SAMPLE_DELAY": "300"}, nil, `SAMPLE_DELAY="300"`},
		{map[string]string{"SAMPLE_ERROR_RATE": "5"}, nil, "between 0 and 1"},
		{nil, []string{"-error-rate=-1"}, "between 0 and 1"},
		{nil, []string{"serve"}, `"serve"`},
		{nil, []string{"-nonsense"}, "nonsense"},
	}
	for _, tt := range tests {
		if _, err := parse(tt.args, environment(tt.vars), io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v %v: error %v, want one with %q", tt.vars, tt.args, err, tt.want)
		}
	}
}

func TestTagsBehaveAsTheyAreDescribed(t *testing.T) {
	t.Parallel()
	configs := map[string]config{}
	for _, image := range Images("/bin/headgate") {
		if strings.Join(image.Command, " ") != "/bin/headgate sample" {
			t.Errorf("%s runs %v", image.Ref, image.Command)
		}
		c, err := parse(nil, environment(image.Env), io.Discard)
		if err != nil {
			t.Fatalf("%s: %v", image.Ref, err)
		}
		if Ref(c.version) != image.Ref {
			t.Errorf("%s says that it is %s", image.Ref, c.version)
		}
		configs[c.version] = c
	}
	checks := map[string]bool{
		"1.0.0 is healthy":           configs[Stable].errorRate == 0 && configs[Stable].delay == 0 && !configs[Stable].neverReady,
		"1.1.0 is healthy":           configs[Good].errorRate == 0 && configs[Good].delay == 0 && !configs[Good].neverReady,
		"1.2.0 fails 5%":             configs[Errors].errorRate == 0.05 && configs[Errors].errorCode == 500,
		"1.6.0 answers 404":          configs[Lost].errorRate == 1 && configs[Lost].errorCode == 404,
		"1.3.0 is 300 ms slower":     configs[Slow].delay == 300*time.Millisecond,
		"1.4.0 crashes":              configs[CrashLoop].crashAfter > 0,
		"1.4.0 gets no traffic":      configs[CrashLoop].neverReady,
		"1.5.0 is up, but not ready": configs[NeverReady].neverReady && configs[NeverReady].crashAfter == 0,
	}
	for what, ok := range checks {
		if !ok {
			t.Errorf("not so: %s", what)
		}
	}
}
