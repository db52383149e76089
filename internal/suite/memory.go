package suite

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"askflow/internal/assistant"
	"askflow/internal/emulator"
	"askflow/internal/portal"
)

// Memory is a transport that asks nothing twice: what the same step asked in the same words for the same record is answered as
// it was. Where answers are recorded, what was asked in the same words by anybody is: a recording knows no more of a question. So
// all cells, tests and judges of one command get one answer, and watching asks only what changed. It keeps answers in memory, as
// long as the program runs; failures are asked again.
type Memory struct {
	next  http.RoundTripper
	mu    sync.Mutex
	known map[[sha256.Size]byte]*remembered
	bytes int64
	// asked and recalled count questions.
	asked, recalled atomic.Int64
}

type remembered struct {
	status int
	header http.Header
	body   []byte
}

// mostRemembered bounds what is kept; what comes after it is asked every time.
const mostRemembered = 256 << 20

// mostAnswer is how long an answer may be that is remembered.
const mostAnswer = 64 << 20

// NewMemory remembers what comes through next.
func NewMemory(next http.RoundTripper) *Memory {
	return &Memory{next: next, known: map[[sha256.Size]byte]*remembered{}}
}

// Counts are the questions that were sent, and those that were answered from memory.
func (m *Memory) Counts() (asked, recalled int64) { return m.asked.Load(), m.recalled.Load() }

// memoryOf is the memory that an emulator asks through, or a new one over its transport.
func memoryOf(e *emulator.Emulator) *Memory {
	t := e.Transport()
	if m, ok := t.(*Memory); ok {
		return m
	}
	return NewMemory(t)
}

// recorded is the memory for answers that are recorded: who asks does not count.
type recorded struct{ *Memory }

// RoundTrip answers a question that anybody asked, and sends others on.
func (m recorded) RoundTrip(req *http.Request) (*http.Response, error) { return m.answer(req, false) }

// under is the transport under the recorder of a run.
func (m *Memory) under(answers string) http.RoundTripper {
	if answers == portal.AnswersRecord {
		return recorded{m}
	}
	return m
}

// asks counts the questions that were sent.
func (m *Memory) asks() int64 { return m.asked.Load() }

// RoundTrip answers a question it knows, and sends others on.
func (m *Memory) RoundTrip(req *http.Request) (*http.Response, error) { return m.answer(req, true) }

func (m *Memory) answer(req *http.Request, eachCaller bool) (*http.Response, error) {
	if req.Method != http.MethodPost || req.Body == nil || !(strings.HasSuffix(req.URL.Path, "/responses") || strings.HasSuffix(req.URL.Path, "/chat/completions")) {
		return m.next.RoundTrip(req)
	}
	data, err := io.ReadAll(req.Body)
	closeErr := req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(data))
	if err != nil || closeErr != nil {
		return nil, fmt.Errorf("the question cannot be read: %w", joined(err, closeErr))
	}
	caller, _ := assistant.CallerFrom(req.Context())
	key := keyOf(req, &caller, data, eachCaller)
	m.mu.Lock()
	known := m.known[key]
	m.mu.Unlock()
	if known != nil && caller.Attempt <= 1 { // who asks again could not use what came
		m.recalled.Add(1)
		return known.response(req), nil
	}
	m.asked.Add(1)
	resp, err := m.next.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	if err != nil || len(body) > mostAnswer { // for the client to complain about
		resp.Body = &rest{Reader: io.MultiReader(bytes.NewReader(body), failing{err}, resp.Body), Closer: resp.Body}
		return resp, nil
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	kept := &remembered{resp.StatusCode, resp.Header.Clone(), body}
	m.mu.Lock()
	if m.bytes += int64(len(body)); m.bytes <= mostRemembered {
		m.known[key] = kept
	}
	m.mu.Unlock()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// rest is a body of which the beginning was read before.
type rest struct {
	io.Reader
	io.Closer
}

// failing ends a body with the error that reading it ended in; without one it is empty.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

func joined(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// keyOf is a hash of the question and, for each caller, of who asks it: two records that ask the same live get answers of their own.
func keyOf(req *http.Request, c *assistant.Caller, body []byte, eachCaller bool) [sha256.Size]byte {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q %d %t %d\n", req.URL.Host, req.URL.Path, c.Repeat, eachCaller, len(body)) // a hash takes everything
	if eachCaller {
		_, _ = fmt.Fprintf(h, "%q %q %q %d\n", c.RecordType, c.RecordID, c.Step, c.Visit)
	}
	_, _ = h.Write(body)
	return [sha256.Size]byte(h.Sum(nil))
}

func (r *remembered) response(req *http.Request) *http.Response {
	return &http.Response{StatusCode: r.status, Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header.Clone(), Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)), Request: req}
}
