package assistant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody is the most that is read of one answer. The longest real ones are far below it.
const maxBody = 64 << 20

var errTooLong = errors.New("the answer is longer than 64 MiB")

// exchange carries what go-openai has no field for through the request's context, in both directions.
type exchange struct {
	// extra is JSON members for the body's end, each with its comma before.
	extra []byte
	// keep asks for the body in raw.
	keep bool
	raw  []byte
	// status is the HTTP status, 0 as long as there was no response.
	status int
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// wire stands between go-openai and the transport that answers. It adds the key at the last moment, so that a key that
// changes needs no new client, and works off the request's exchange.
type wire struct {
	next                  http.RoundTripper
	key                   func() string
	organization, project string
}

// RoundTrip sends one request.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	x, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{}
	}
	key := ""
	if w.key != nil {
		key = w.key()
	}
	if key != "" || len(x.extra) > 0 || w.organization != "" || w.project != "" {
		changed := *req
		req = &changed
	}
	if key != "" || w.organization != "" || w.project != "" {
		req.Header = req.Header.Clone()
		w.identify(req.Header, key)
	}
	if len(x.extra) > 0 {
		if err := addMembers(req, x.extra); err != nil {
			return nil, err
		}
	}
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp == nil || resp.Body == nil {
		return nil, errors.New("the transport gave no response")
	}
	x.status = resp.StatusCode
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		_ = resp.Body.Close() // nothing was read, nothing can be lost
		return nil, redirected(resp)
	}
	resp.Body = &bounded{ReadCloser: resp.Body, left: maxBody}
	if x.keep {
		keepBody(resp, x)
	}
	return resp, nil
}

// identify says on whose account the request is. go-openai has no field for the project.
func (w *wire) identify(h http.Header, key string) {
	for _, m := range [...]struct{ name, value string }{
		{"Openai-Organization", w.organization}, {"Openai-Project", w.project},
	} {
		if m.value != "" {
			h.Set(m.name, m.value)
		}
	}
	if key != "" {
		h.Set("Authorization", "Bearer "+key)
	}
}

// redirected refuses to follow: the key would be sent to an address nobody has written down.
func redirected(resp *http.Response) error {
	to := tidy(resp.Header.Get("Location"))
	return &Error{Code: CodeBadRequest, Status: resp.StatusCode,
		Message: Scrub(fmt.Sprintf("The server sends requests on to another address (HTTP %d, %s), which is not followed.", resp.StatusCode, to)),
		Hint:    "put the final address into openai.base_url in portal.yaml"}
}

// addMembers puts extra before the closing brace of the body.
func addMembers(req *http.Request, extra []byte) error {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	if err := req.Body.Close(); err != nil {
		return err
	}
	end := bytes.LastIndexByte(body, '}')
	if end < 1 {
		return errors.New("the request's body is no JSON object")
	}
	body = append(append(body[:end:end], extra...), '}')
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return nil
}

// keepBody reads the body and leaves a copy for go-openai, with the error reading ended in, if any.
func keepBody(resp *http.Response, x *exchange) {
	data, err := io.ReadAll(resp.Body)
	x.raw = data
	resp.Body = &replay{data: bytes.NewReader(data), err: err, Closer: resp.Body}
}

type replay struct {
	data *bytes.Reader
	err  error
	io.Closer
}

func (r *replay) Read(p []byte) (int, error) {
	n, err := r.data.Read(p)
	if err != nil && r.err != nil {
		err = r.err
	}
	return n, err
}

// bounded fails when a body is longer than anybody can mean.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

// chatExtras reads what go-openai's chat types leave out of a kept body.
func (x *exchange) chatExtras() (cacheWrite int, inside *apiError) {
	if !bytes.Contains(x.raw, []byte(`"cache_write_tokens"`)) && !bytes.Contains(x.raw, []byte(`"error"`)) {
		return 0, nil
	}
	var body struct {
		Error *struct {
			Code    any    `json:"code"`
			Type    string `json:"type"`
			Param   string `json:"param"`
			Message string `json:"message"`
		} `json:"error"`
		Usage struct {
			Details struct {
				CacheWrite int `json:"cache_write_tokens"`
			} `json:"prompt_tokens_details"`
		} `json:"usage"`
	}
	// A body that does not fit has been, or will be, complained about by the main decoding; what was read so far counts.
	_ = json.Unmarshal(x.raw, &body)
	if body.Error != nil {
		code, _ := body.Error.Code.(string)
		inside = &apiError{code: code, kind: body.Error.Type, param: body.Error.Param, message: body.Error.Message}
		if status, ok := body.Error.Code.(float64); ok && status >= 400 && status < 600 {
			inside.status = int(status)
		}
	}
	return body.Usage.Details.CacheWrite, inside
}
