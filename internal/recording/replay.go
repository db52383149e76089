package recording

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"askflow/internal/assistant"
)

// ReplayOptions say how a replay behaves; the zero value is what runs need.
type ReplayOptions struct {
	// Asked is called with the key of every question and whether it has a recording; nil for nobody. It is called from
	// many goroutines.
	Asked func(key string, recorded bool)
	// NoNearest spares looking for the nearest recording, for callers that only want to know what is asked.
	NoNearest bool
	// Hint is what to do about a missing recording, as an error's hint.
	Hint string
}

// Replay answers from recordings, without network and without key. A question that was never recorded fails with an
// *assistant.Error of code no_recording that names the nearest recording and what differs.
func Replay(lib *Library, opt ReplayOptions) http.RoundTripper { return &player{lib: lib, opt: opt} }

type player struct {
	lib *Library
	opt ReplayOptions
}

// RoundTrip answers one question.
func (p *player) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, errors.Join(err, closeBody(req))
	}
	q, err := questionOf(req)
	if err != nil {
		return nil, err
	}
	key := q.Key()
	recorded := p.lib.Has(key)
	if p.opt.Asked != nil {
		p.opt.Asked(key, recorded)
	}
	if !recorded {
		return nil, p.lib.miss(req, q, &p.opt)
	}
	i, err := p.lib.Lookup(key)
	if err != nil {
		return nil, &assistant.Error{Code: CodeBadRecording, Message: sentence(err.Error()), Hint: "record the question again, or delete the line"}
	}
	return i.response(req), nil
}

// response is the recorded answer as a transport returns one.
func (i *Interaction) response(req *http.Request) *http.Response {
	h := make(http.Header, len(i.Response.Headers))
	for _, name := range keptHeaders() {
		for k, v := range i.Response.Headers {
			if http.CanonicalHeaderKey(k) == name {
				h[name] = []string{v}
			}
		}
	}
	return answerWith(req, i.Response.Status, h, i.Response.Body)
}

func answerWith(req *http.Request, status int, h http.Header, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

func closeBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	return req.Body.Close()
}

// sentence makes one of a message.
func sentence(s string) string {
	if s == "" {
		return s
	}
	first := s[0]
	if first >= 'a' && first <= 'z' {
		first -= 'a' - 'A'
	}
	return string(first) + s[1:] + "."
}
