package envoy

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics/series"
)

// tally counts what one proxy's text says from nothing.
func tally(t *testing.T, side Side, workload, text string) (stable, candidate evidence.Counts) {
	t.Helper()
	failure, err := series.NewFailure("", "")
	if err != nil {
		t.Fatal(err)
	}
	d := dialect{side: side, at: time.Unix(2_000, 0), proxy: proxy{uid: "p", namespace: "demo", name: "p", workload: workload}}
	samples, err := d.parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	sum := series.NewTally(series.NewSorter(subject(), side == DestinationSide), failure, time.Unix(1_000, 0))
	sum.Add(samples)
	seen := sum.Look()
	stable, candidate = seen.Stable, seen.Candidate
	return stable, candidate
}

func file(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheStatisticsLogger(t *testing.T) {
	t.Parallel()
	// What an Envoy 1.39 served after 3 requests that were answered, 1 not
	// found, 1 to a subset without Pods, and 1 to a Pod that refuses.
	stable, candidate := tally(t, SourceSide, "", file(t, "logger.txt"))
	if stable.Requests != 4 || stable.Errors != 0 {
		t.Errorf("stable %+v, want 4 requests without errors", stable)
	}
	if candidate.Requests != 2 || candidate.Errors != 2 {
		t.Errorf("candidate %+v, want both that never arrived", candidate)
	}
	if h := stable.Latency; h.Total != 4 || h.Buckets[5*time.Millisecond] != 4 || h.Buckets[time.Hour] != 4 {
		t.Errorf("stable's latency %+v", h)
	}
}

func TestIstiosOwnSeries(t *testing.T) {
	t.Parallel()
	stable, candidate := tally(t, SourceSide, "", file(t, "istio.txt"))
	if stable.Requests != 120 || stable.Errors != 0 {
		t.Errorf("stable %d requests, %d errors; want 120 and none: what it received itself is not counted twice", stable.Requests, stable.Errors)
	}
	if candidate.Requests != 3 || candidate.Errors != 3 {
		t.Errorf("candidate %d requests, %d errors; want 3 gRPC failures", candidate.Requests, candidate.Errors)
	}
	want := evidence.Histogram{Total: 120, Sum: 834500 * time.Microsecond}
	if h := stable.Latency; h.Total != want.Total || h.Sum != want.Sum || h.Buckets[10*time.Millisecond] != 100 {
		t.Errorf("latency %+v", h)
	}
}

func TestTheServersSide(t *testing.T) {
	t.Parallel()
	if _, candidate := tally(t, DestinationSide, "sample-canary", received("500", 7)+sent("stable", "sample", "200", "-", 99)); candidate.Requests != 7 || candidate.Errors != 7 {
		t.Errorf("candidate %+v, want the 7 it received and none it sent", candidate)
	}
	if stable, _ := tally(t, DestinationSide, "sample", file(t, "istio.txt")); stable.Requests != 9999 {
		t.Errorf("stable %+v, want what it received", stable)
	}
}

func TestBrokenTextIsAnError(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"cut short":    strings.TrimSuffix(file(t, "istio.txt"), " 120\n"),
		"a web page":   "<html>not found</html>\n",
		"not a number": "istio_requests_total{reporter=\"source\"} many\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := (dialect{side: SourceSide}).parse(strings.NewReader(text)); err == nil {
				t.Errorf("read as %v", got)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	// Short ones: go test minimizes what it finds from them for a minute each.
	f.Add(received("200", 3) + sent("canary", "sample-canary", "503", "UF", 9))
	f.Add("# TYPE istio_request_duration_milliseconds histogram\n" +
		"istio_request_duration_milliseconds_bucket{reporter=\"source\",le=\"5\"} 1\n" +
		"istio_request_duration_milliseconds_bucket{reporter=\"source\",le=\"+Inf\"} 2\n" +
		"istio_request_duration_milliseconds_sum{reporter=\"source\"} 2.5\n")
	f.Add("# TYPE istio_requests_total gauge\nistio_requests_total{reporter=\"source\",destination_service=\"" + host + "\"} NaN\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, side := range []Side{SourceSide, DestinationSide} {
			d := dialect{side: side, at: time.Unix(2_000, 0), proxy: proxy{uid: "p", namespace: "demo", workload: "sample"}}
			samples, err := d.parse(strings.NewReader(text))
			if err != nil {
				continue
			}
			failure, err := series.NewFailure("", "")
			if err != nil {
				t.Fatal(err)
			}
			sum := series.NewTally(series.NewSorter(subject(), true), failure, time.Unix(1_000, 0))
			sum.Add(samples)
			first := sum.Look().Stable
			sum.Add(samples)
			second := sum.Look().Stable
			if first.Errors > first.Requests {
				t.Fatalf("%d errors in %d requests", first.Errors, first.Requests)
			}
			if first.Requests != second.Requests {
				t.Fatalf("the same text twice counts %d, then %d", first.Requests, second.Requests)
			}
		}
	})
}

func TestConnectionsAreParsed(t *testing.T) {
	t.Parallel()
	labels := func(workload, flags string) string {
		return `{reporter="source",destination_service="` + host + `",destination_workload="` + workload + `",destination_workload_namespace="demo",response_flags="` + flags + `"}`
	}
	stable, candidate := tally(t, SourceSide, "", strings.Join([]string{
		"# TYPE istio_tcp_connections_opened_total counter",
		"istio_tcp_connections_opened_total" + labels("sample", "-") + " 90",
		"istio_tcp_connections_opened_total" + labels("sample-canary", "-") + " 10",
		"# TYPE istio_tcp_connections_closed_total counter",
		"istio_tcp_connections_closed_total" + labels("sample", "-") + " 80",
		"istio_tcp_connections_closed_total" + labels("sample-canary", "UF,URX") + " 4", "",
	}, "\n"))
	if stable.Requests != 90 || stable.Errors != 0 || candidate.Requests != 10 || candidate.Errors != 4 {
		t.Errorf("stable %+v, candidate %+v; want 0 of 90 and 4 of 10", stable, candidate)
	}
}
