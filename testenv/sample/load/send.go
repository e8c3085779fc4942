package load

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// answer is what came of one request.
type answer struct {
	at      time.Time
	late    time.Duration // sent after it was due
	took    time.Duration // from due to the end of the body
	status  int           // 0 without an answer
	version string        // empty when the service did not answer itself
	detail  string        // of a failure
}

// failed reports whether a user would call the request failed.
func (a answer) failed() bool {
	return a.status == 0 || a.status >= http.StatusBadRequest || a.detail != ""
}

// maxBody bounds what is read of a body; the rest is a failure of its own.
const maxBody = 1 << 20

func (l *Load) send(ctx context.Context) answer {
	response, err := l.client.Do(l.request.Clone(ctx))
	if err != nil {
		return answer{at: time.Now(), detail: err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	a := answer{at: time.Now(), status: response.StatusCode, version: response.Header.Get(VersionHeader)}
	switch {
	case err != nil:
		a.detail = "answer cut off: " + err.Error()
	case a.status >= http.StatusBadRequest:
		a.detail = excerpt(string(body))
	}
	return a
}

// excerpt returns the beginning of a body, on one line.
func excerpt(body string) string {
	line := strings.Join(strings.Fields(body), " ")
	if len(line) > 200 {
		return line[:200] + "…"
	}
	return line
}
