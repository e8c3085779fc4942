package prometheus

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
)

func options(t *testing.T, change func(*Options)) *Options {
	t.Helper()
	o := Options{URL: "http://prometheus"}
	if change != nil {
		change(&o)
	}
	o.setDefaults()
	if err := o.validate(); err != nil {
		t.Fatal(err)
	}
	return &o
}

func TestQueries(t *testing.T) {
	t.Parallel()
	hostile := subject()
	hostile.Hosts = []string{`a"} or up{x="`}
	tests := map[string]struct {
		reason  string
		subject metrics.Subject
		change  func(*Options)
		want    string
	}{
		"standard": {
			"the standard Istio series", subject(), nil,
			`{__name__=~"istio_requests_total|istio_request_duration_milliseconds_bucket|istio_request_duration_milliseconds_sum",destination_service=~"sample\\.demo\\.svc\\.cluster\\.local",reporter="source"}[90s]`,
		},
		"renamed": {
			"every name can be another one", subject(), func(o *Options) {
				o.Names = Names{Requests: "rq", Latency: "lat", Unit: time.Second}
				o.Labels.Host, o.Labels.Reporter, o.Reporter = "dst", "by", "destination"
				o.Match = map[string]string{"job": `m"1`, "cluster": "eu"}
			},
			`{__name__=~"rq|lat_bucket|lat_sum",dst=~"sample\\.demo\\.svc\\.cluster\\.local",cluster="eu",job="m\"1",by="destination"}[90s]`,
		},
		"hostile": {
			"a host is a value, whatever it holds", hostile, nil,
			`{__name__=~"istio_requests_total|istio_request_duration_milliseconds_bucket|istio_request_duration_milliseconds_sum",destination_service=~"a\"\\} or up\\{x=\"|sample\\.demo\\.svc\\.cluster\\.local",reporter="source"}[90s]`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := options(t, test.change).newest(test.subject, 90*time.Second); got != test.want {
				t.Errorf("%s:\ngot  %s\nwant %s", test.reason, got, test.want)
			}
		})
	}
}
