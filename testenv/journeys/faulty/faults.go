package faulty

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Fault says what becomes of a request; nil passes it on.
type Fault func(*http.Request) Answer

// Answer is what a request meets instead of the server.
type Answer func(p *Proxy, w http.ResponseWriter, r *http.Request)

// Pass is the server's own answer.
func Pass(p *Proxy, w http.ResponseWriter, r *http.Request) { p.pass.ServeHTTP(w, r) }

// Break closes the connection; the server has not got the request.
func Break(*Proxy, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// Hang gives no answer until the caller goes away; the server has not got the
// request.
func Hang(_ *Proxy, _ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// Lose passes the request on and breaks the connection instead of answering.
func Lose(p *Proxy, _ http.ResponseWriter, r *http.Request) {
	p.pass.ServeHTTP(nowhere{http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// Swallow passes the request on, then does something, and gives no answer until
// the caller goes away.
func Swallow(then func()) Answer {
	return func(p *Proxy, w http.ResponseWriter, r *http.Request) {
		p.pass.ServeHTTP(nowhere{http.Header{}}, r)
		then()
		Hang(p, w, r)
	}
}

// Status answers with an error of the API server's kind.
func Status(code int, reason string) Answer {
	return func(_ *Proxy, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
			"message": "the test's proxy answers " + strconv.Itoa(code),
		})
	}
}

// Mutates says that a request changes something: a review of rights does not,
// nor does a dry run.
func Mutates(r *http.Request) bool {
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return false
	case strings.HasPrefix(r.URL.Path, "/apis/authorization.k8s.io/"):
		return false
	}
	return r.URL.Query().Get("dryRun") == ""
}

// Always is the same answer to everything.
func Always(a Answer) Fault { return func(*http.Request) Answer { return a } }

// Sometimes answers a share (0 to 1) of the requests with one of the answers,
// by dice that a seed gives again.
func Sometimes(share float64, seed uint64, answers ...Answer) Fault {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // dice, not secrets
	return func(*http.Request) Answer {
		mu.Lock()
		defer mu.Unlock()
		if dice.Float64() >= share {
			return nil
		}
		return answers[dice.IntN(len(answers))]
	}
}

// nowhere is the answer that nobody gets.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header          { return n.header }
func (nowhere) Write(data []byte) (int, error) { return len(data), nil }
func (nowhere) WriteHeader(int)                {}
