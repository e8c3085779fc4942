package faulty

import (
	"bytes"
	"maps"
	"net/http"
)

// Reply is a server's answer that has not been passed on yet.
type Reply struct {
	Code   int
	header http.Header
	body   bytes.Buffer
}

// Ask passes the request on and keeps the answer.
func Ask(p *Proxy, r *http.Request) *Reply {
	reply := &Reply{Code: http.StatusOK, header: http.Header{}}
	p.pass.ServeHTTP(reply, r)
	return reply
}

// Give passes the answer on.
func (a *Reply) Give(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.body.Bytes()) // whoever asked may be gone
}

// Header is the answer's; with Write and WriteHeader a Reply can be answered to.
func (a *Reply) Header() http.Header { return a.header }

// Write keeps a part of the body.
func (a *Reply) Write(data []byte) (int, error) { return a.body.Write(data) }

// WriteHeader keeps the status.
func (a *Reply) WriteHeader(code int) { a.Code = code }
