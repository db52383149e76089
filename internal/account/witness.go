package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// largestError is how much of an error's body is read for its details.
const largestError = 64 << 10

// witness carries the requests of one check and remembers of the last one what the client's error does not tell: the
// server's own code, what kind of page it sent, why the connection failed. It also names organization and project.
type witness struct {
	next                  http.RoundTripper
	organization, project string

	sent       bool
	status     int
	page       bool // the body is HTML
	code       string
	message    string
	retryAfter string
	err        error
}

// RoundTrip sends one request.
func (w *witness) RoundTrip(req *http.Request) (*http.Response, error) {
	w.sent, w.status, w.page, w.code, w.message, w.retryAfter, w.err = true, 0, false, "", "", "", nil
	req = req.Clone(req.Context())
	if w.organization != "" {
		req.Header.Set("OpenAI-Organization", w.organization)
	}
	if w.project != "" {
		req.Header.Set("OpenAI-Project", w.project)
	}
	if w.next == nil {
		w.err = errors.New("no transport is set")
		return nil, w.err
	}
	resp, err := w.next.RoundTrip(req)
	if err != nil || resp == nil || resp.Body == nil {
		w.err = err
		return resp, err
	}
	w.status = resp.StatusCode
	w.page = strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html")
	w.retryAfter = resp.Header.Get("Retry-After")
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, largestError))
	w.read(head)
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), resp.Body}
	return resp, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// read takes code and message out of an error's body. Gateways put other things there than OpenAI does.
func (w *witness) read(body []byte) {
	var envelope struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		w.message = string(body)
		return
	}
	var e struct {
		Code    any    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(envelope.Error, &e) == nil {
		w.code, _ = e.Code.(string)
		w.message = e.Message
		return
	}
	w.message = string(body)
}

// mentions tells whether the server's text or code holds one of the lower-case texts.
func (w *witness) mentions(texts ...string) bool {
	said := strings.ToLower(w.code + " " + w.message)
	for _, t := range texts {
		if strings.Contains(said, t) {
			return true
		}
	}
	return false
}
