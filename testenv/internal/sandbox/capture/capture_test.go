package capture_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/testenv/internal/sandbox/capture"
)

// injected are the arguments that istiod's injection template gives.
var injected = strings.Split("-p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x  -b * -d 15090,15021,15020 --log_output_level=default:info", " ")

func parse(t *testing.T, args ...string) *capture.Config {
	t.Helper()
	cfg, err := capture.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestParseReadsWhatIstiodWrites(t *testing.T) {
	t.Parallel()
	got := parse(t, injected...)
	want := &capture.Config{
		OutboundPort: 15001, InboundPort: 15006, TunnelPort: 15008,
		Users: []uint32{1337}, Groups: []uint32{1337},
		AllInbound: true, InboundExcept: []uint16{15090, 15021, 15020},
		AllRanges: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args string
		want string
	}{
		"transparent proxying needs more than redirection": {"-m TPROXY", "use REDIRECT"},
		"DNS capture is another table":                     {"--redirect-dns", "ISTIO_META_DNS_CAPTURE"},
		"virtual machines have no place here":              {"-k tap0", "tap0"},
		"a misspelt port would capture nothing":            {"-o 80x", `port "80x"`},
		"a bad range":                                      {"-x 10.0.0.0", `address range "10.0.0.0"`},
		"an unknown flag may matter":                       {"--new-flag", "new-flag"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := capture.Parse(strings.Fields(tt.args)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// packet is the first packet of a TCP connection.
type packet struct {
	link     string
	from, to string
	port     uint16
	user     uint32
}

// fate follows a packet through a chain: the port it is redirected to, or 0.
func fate(chain []capture.Rule, p packet) uint16 {
	for _, r := range chain {
		if fits(r, p) {
			return r.Redirect
		}
	}
	return 0
}

func fits(r capture.Rule, p packet) bool {
	to, from := netip.MustParseAddr(p.to), netip.MustParseAddr(p.from)
	owned := func(o *capture.Owner) bool { return o == nil || (o.ID == p.user) != o.Not }
	return (r.Link == "" || r.Link == p.link) &&
		(r.Port == 0 || r.Port == p.port) && (r.NotPort == 0 || r.NotPort != p.port) &&
		(!r.To.IsValid() || r.To.Contains(to)) && (!r.NotTo.IsValid() || !r.NotTo.Contains(to)) &&
		(!r.From.IsValid() || r.From.Contains(from)) &&
		owned(r.User) && owned(r.Group)
}

const (
	pod     = "10.244.1.1"
	service = "10.96.7.7"
	app     = 1000
	proxy   = 1337
)

func TestOutboundConnections(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		p    packet
		want uint16
	}{
		"application to a service goes through the proxy":       {injected, packet{"eth0", pod, service, 80, app}, 15001},
		"the proxy's own connections go out":                    {injected, packet{"eth0", pod, "10.244.1.2", 80, proxy}, 0},
		"application to itself on loopback stays inside":        {injected, packet{"lo", "127.0.0.1", "127.0.0.1", 80, app}, 0},
		"application to its own pod address stays inside":       {injected, packet{"lo", pod, pod, 80, app}, 0},
		"proxy to its own pod address comes in as from afar":    {injected, packet{"lo", pod, pod, 80, proxy}, 15006},
		"proxy to the application on loopback passes":           {injected, packet{"lo", "127.0.0.1", "127.0.0.1", 80, proxy}, 0},
		"proxy forwarding what came in passes":                  {injected, packet{"lo", "127.0.0.6", pod, 80, proxy}, 0},
		"an excluded port passes":                               {args("-i * -o 5432"), packet{"eth0", pod, service, 5432, app}, 0},
		"an excluded range passes":                              {args("-i * -x 10.96.0.0/16"), packet{"eth0", pod, service, 80, app}, 0},
		"only included ranges are captured: inside":             {args("-i 10.96.0.0/16"), packet{"eth0", pod, service, 80, app}, 15001},
		"only included ranges are captured: outside":            {args("-i 10.96.0.0/16"), packet{"eth0", pod, "10.1.1.1", 80, app}, 0},
		"an included port is captured although its range isn't": {args("-i 10.96.0.0/16 -q 8080"), packet{"eth0", pod, "10.1.1.1", 8080, app}, 15001},
		"an excluded link passes":                               {args("-i * -c eth1"), packet{"eth1", pod, service, 80, app}, 0},
		"another proxy user":                                    {args("-i * -u 7"), packet{"eth0", pod, service, 80, 7}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fate(parse(t, tt.args...).Rules().Outbound, tt.p); got != tt.want {
				t.Errorf("redirected to %d, want %d", got, tt.want)
			}
		})
	}
}

func TestInboundConnections(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		port uint16
		want uint16
	}{
		"application's port goes through the proxy": {injected, 8080, 15006},
		"the proxy's metrics are read directly":     {injected, 15090, 0},
		"probes of the proxy":                       {injected, 15021, 0},
		"probes of the application by the agent":    {injected, 15020, 0},
		"the tunnel is the proxy's own":             {injected, 15008, 0},
		"a listed port":                             {args("-b 80,81"), 81, 15006},
		"a port not listed":                         {args("-b 80,81"), 82, 0},
		"no inbound capture asked for":              {args("-i *"), 80, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := packet{link: "eth0", from: "10.244.0.1", to: pod, port: tt.port}
			if got := fate(parse(t, tt.args...).Rules().Inbound, p); got != tt.want {
				t.Errorf("redirected to %d, want %d", got, tt.want)
			}
		})
	}
}

func TestOutboundConnectionsOfOneUser(t *testing.T) {
	t.Parallel()
	rules := parse(t, injected...).RulesWithoutOwner(netip.MustParsePrefix("10.96.0.0/16"))
	tests := map[string]struct {
		p    packet
		want uint16
	}{
		"to a service: the application":               {packet{"eth0", pod, service, 80, 0}, 15001},
		"to a pod: the proxy":                         {packet{"eth0", pod, "10.244.1.2", 80, 0}, 0},
		"to istiod: the proxy, before it can capture": {packet{"eth0", pod, service, 15012, 0}, 0},
		"on loopback":                                 {packet{"lo", pod, pod, 80, 0}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fate(rules.Outbound, tt.p); got != tt.want {
				t.Errorf("redirected to %d, want %d", got, tt.want)
			}
		})
	}
}

func args(s string) []string { return strings.Fields(s) }
