package faulty

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

type lieKey struct{}

// lie changes the body of an answer.
type lie func([]byte) []byte

// Rewrite passes the request on and changes what is answered.
func Rewrite(change func([]byte) []byte) Answer {
	return func(p *Proxy, w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept-Encoding", "identity")
		p.pass.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), lieKey{}, lie(change))))
	}
}

// At has a Prometheus answer as of a fixed time: what it says then is old.
func At(then time.Time) Answer {
	return func(p *Proxy, w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			panic(http.ErrAbortHandler)
		}
		form := r.Form
		form.Set("time", strconv.FormatFloat(float64(then.UnixMilli())/1000, 'f', 3, 64))
		out := r.Clone(r.Context())
		body := []byte(form.Encode())
		out.Method, out.URL.RawQuery = http.MethodPost, ""
		out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		p.pass.ServeHTTP(w, out)
	}
}

func spoil(resp *http.Response) error {
	change, ok := resp.Request.Context().Value(lieKey{}).(lie)
	if !ok {
		return nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	body = change(body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
