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
)

// Memory is a transport that asks nothing twice: what the same step asked in the same words for the same record is answered as
// it was. Watching asks only what changed. It keeps answers in memory, as long as the program runs; failures are asked again.
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

// NewMemory remembers what comes through next.
func NewMemory(next http.RoundTripper) *Memory {
	return &Memory{next: next, known: map[[sha256.Size]byte]*remembered{}}
}

// Counts are the questions that were sent, and those that were answered from memory.
func (m *Memory) Counts() (asked, recalled int64) { return m.asked.Load(), m.recalled.Load() }

// RoundTrip answers a question it knows, and sends others on.
func (m *Memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost || req.Body == nil || !(strings.HasSuffix(req.URL.Path, "/responses") || strings.HasSuffix(req.URL.Path, "/chat/completions")) {
		return m.next.RoundTrip(req)
	}
	data, err := io.ReadAll(req.Body)
	closeErr := req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(data))
	if err != nil || closeErr != nil {
		return nil, fmt.Errorf("the question cannot be read: %w", joined(err, closeErr))
	}
	key := keyOf(req, data)
	m.mu.Lock()
	known := m.known[key]
	m.mu.Unlock()
	if known != nil {
		m.recalled.Add(1)
		return known.response(req), nil
	}
	m.asked.Add(1)
	resp, err := m.next.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
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

func joined(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// keyOf is a hash of the question and of who asks it: two records that ask the same get answers of their own, as they do live.
func keyOf(req *http.Request, body []byte) [sha256.Size]byte {
	h := sha256.New()
	c, _ := assistant.CallerFrom(req.Context())
	_, _ = fmt.Fprintf(h, "%q %q %q %q %q %d %d %d\n", req.URL.Host, req.URL.Path, c.RecordType, c.RecordID, c.Step, c.Visit, c.Repeat, len(body)) // a hash takes everything
	_, _ = h.Write(body)
	return [sha256.Size]byte(h.Sum(nil))
}

func (r *remembered) response(req *http.Request) *http.Response {
	return &http.Response{StatusCode: r.status, Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header.Clone(), Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)), Request: req}
}
