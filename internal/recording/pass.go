package recording

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
)

// passes tells whether a request goes through without being kept: one that asks nothing, and in live runs also those of
// protocols whose answers cannot be kept one by one.
func (r *Recorder) passes(req *http.Request) bool {
	if req.Method == http.MethodPost && protocolOf(req.URL.Path) != "" {
		return false
	}
	return r.opt.EachCaller || req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, "/models")
}

// pass sends a request that is not kept.
func (r *Recorder) pass(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp == nil || resp.Body == nil {
		return nil, errors.New("the transport gave no response")
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return r.failed(req, resp, &flight{}), nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	err = errors.Join(err, resp.Body.Close())
	out := answerWith(req, resp.StatusCode, r.headers(resp), nil)
	out.Body, out.ContentLength = &rest{data: bytes.NewReader([]byte(r.scrub.text(string(data)))), err: err}, -1
	return out, nil
}

// hide takes secrets out of a text that is no answer.
func (r *Recorder) hide(text string) string {
	if r.opt.Hide != nil {
		text = r.opt.Hide(text)
	}
	return r.scrub.text(text)
}

// headers are those of a response, fit to be shown and kept.
func (r *Recorder) headers(resp *http.Response) http.Header {
	out := resp.Header.Clone()
	out.Del("Content-Length")
	for name, values := range out {
		if strings.HasPrefix(name, "X-Ratelimit-") { // numbers, and many of them
			continue
		}
		for i := range values {
			values[i] = r.hide(values[i])
		}
	}
	return out
}
