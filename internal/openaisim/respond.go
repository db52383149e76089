package openaisim

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/source"
)

// refuse makes an error answer in the API's envelope.
func (s *Simulator) refuse(p *problem, id uint64, latency time.Duration) *http.Response {
	kind := p.kind
	if kind == "" {
		kind = "invalid_request_error"
	}
	b := append(make([]byte, 0, 256), "{\n    \"error\": {\n        \"message\": "...)
	b = source.AppendString(b, p.message)
	b = source.AppendString(append(b, ",\n        \"type\": "...), kind)
	b = appendNullable(append(b, ",\n        \"param\": "...), p.param)
	b = appendNullable(append(b, ",\n        \"code\": "...), p.code)
	b = append(b, "\n    }\n}"...)
	h := s.header(id, latency, 4)
	if p.after > 0 {
		h["Retry-After"] = []string{strconv.Itoa(int(math.Ceil(p.after.Seconds())))}
		h["Retry-After-Ms"] = []string{strconv.FormatInt(p.after.Milliseconds(), 10)}
	}
	if p.body != nil {
		b = []byte(*p.body)
		h["Content-Type"] = []string{http.DetectContentType(b)}
	}
	for name, value := range p.headers {
		h[name] = []string{value}
	}
	return response(p.status, h, b)
}

func appendNullable(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return source.AppendString(b, s)
}

// header makes an answer's headers. The values shared by all answers are not copied: a transport's caller may replace
// headers, not write into their values.
func (s *Simulator) header(id uint64, latency time.Duration, more int) http.Header {
	h := make(http.Header, len(s.headers)+2+more)
	for name, values := range s.headers {
		h[name] = values[:1:1]
	}
	h["X-Request-Id"] = []string{token("req_", id, 'q')}
	h["Openai-Processing-Ms"] = []string{strconv.FormatInt(latency.Milliseconds(), 10)}
	return h
}

func response(status int, h http.Header, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// token derives an id from an answer's hash; salt keeps the ids of one answer apart.
func token(prefix string, id uint64, salt byte) string {
	const digits = "0123456789abcdef"
	b := make([]byte, len(prefix)+32)
	copy(b, prefix)
	for half := range 2 {
		x := mix(id + uint64(salt)<<8 + uint64(half))
		for i := range 16 {
			b[len(prefix)+half*16+i] = digits[x>>60]
			x <<= 4
		}
	}
	return string(b)
}

// listModels answers GET /v1/models: the models of the table that the account may use and that are not switched off.
func (s *Simulator) listModels(req *http.Request) (*http.Response, error) {
	req = original(req)
	if err := closeBody(req); err != nil {
		return nil, err
	}
	now := clock.From(req.Context()).Now()
	b := append(make([]byte, 0, 4096), `{"object":"list","data":[`...)
	first := true
	for _, m := range s.models.All() {
		if m.Gone(now) || len(s.allowed) > 0 && !s.allowed[m.ID] {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = source.AppendString(append(b, `{"id":`...), m.ID)
		b = append(b, `,"object":"model","created":1735689600,"owned_by":"system","shutdown_date":`...)
		date := ""
		if !m.Shutdown.IsZero() {
			date = m.Shutdown.Format(time.DateOnly)
		}
		b = append(appendNullable(b, date), '}')
	}
	id := identity(s.seed, callerOf(req), 0, 2, req.URL.Path)
	return response(http.StatusOK, s.header(id, 0, 0), append(b, "]}"...)), nil
}

// response wraps an answer's body.
func (a *answer) response(body []byte) *http.Response {
	h := a.sim.header(a.id, a.latency(), 1)
	if a.estimated {
		h[assistant.EstimatedHeader] = []string{"true"}
	}
	return response(http.StatusOK, h, body)
}

// truncated sends half of the body under the length of the whole.
func (a *answer) truncated(body []byte) *http.Response {
	resp := a.response(body)
	resp.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
	resp.Body = io.NopCloser(&broken{data: body[:len(body)/2]})
	return resp
}

// broken is a body that ends too early, as net/http reports it.
type broken struct{ data []byte }

func (b *broken) Read(p []byte) (int, error) {
	if len(b.data) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, b.data)
	b.data = b.data[n:]
	return n, nil
}
