package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"askflow/internal/assistant"
)

const (
	// maxAnswer is the most that is read of an answer, maxErrorBody of an error.
	maxAnswer    = 64 << 20
	maxErrorBody = 1 << 20
)

// RecordOptions say what is recorded how.
type RecordOptions struct {
	// Name is the file below recordings/, without its ending, that new questions go to. A question that is recorded
	// already stays in its file.
	Name string
	// Date is the day (YYYY-MM-DD) that new answers carry.
	Date string
	// Secrets are the account's key, organisation and project: they are taken out of everything that is written.
	Secrets []string
	// Hide takes the key out of what a server says beside answers, in whatever form it quotes it; nil for no key.
	Hide func(string) string
	// EachCaller asks a question again for every record, step and visit, writes nothing to recordings/ and lets requests
	// of any kind pass: for live runs, which need the journal only.
	EachCaller bool
}

// Recorder is a transport that asks and keeps the answers. Identical questions are asked once: who comes second waits
// for the answer of the first. Every answer is in the journal, on disk, before it is returned; Finish writes the
// recordings. Requests that ask nothing, such as the list of models, pass. It is safe for many goroutines.
type Recorder struct {
	lib     *Library
	next    http.RoundTripper
	opt     RecordOptions
	scrub   *scrubber
	journal *journal
	mu      sync.Mutex
	flights map[string]*flight
}

// flight is a question that is being asked.
type flight struct {
	done chan struct{}
	// What follows is set before done is closed. With none of it set, the answer is in the journal, or the one who asked
	// gave up and somebody else must ask.
	status int
	header http.Header
	body   []byte
	err    error
}

// Record makes a recorder that asks through next. Begin it before the first request.
func Record(lib *Library, next http.RoundTripper, opt RecordOptions) *Recorder {
	return &Recorder{lib: lib, next: next, opt: opt, scrub: newScrubber(opt.Secrets), flights: map[string]*flight{}}
}

// Begin opens the journal, whose folder it makes if need be. Answers that an interrupted try left there are not asked
// for again.
func (r *Recorder) Begin(journal string) error {
	if err := os.MkdirAll(filepath.Dir(journal), 0o700); err != nil {
		return failure("the folder "+filepath.Dir(journal)+" cannot be made", err)
	}
	if _, err := os.Stat(journal); errors.Is(err, os.ErrNotExist) {
		if err := os.Rename(journal+settledExt, journal); err != nil && !errors.Is(err, os.ErrNotExist) {
			return failure("the journal "+journal+settledExt+" cannot be taken up", err)
		}
	}
	j, err := openJournal(journal)
	if err != nil {
		return err
	}
	r.journal = j
	return nil
}

// RoundTrip answers one question.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if r.passes(req) {
		return r.pass(req)
	}
	if r.journal == nil {
		return nil, errors.Join(&assistant.Error{Code: CodeNotKept, StopsRun: true, Message: "The recording has not begun: it has no journal."}, closeBody(req))
	}
	q, err := questionOf(req)
	if err != nil {
		return nil, err
	}
	key := r.keyOf(req, q)
	// Who failed with what an earlier try got wants another answer, not the same again.
	c, _ := assistant.CallerFrom(ctx)
	fresh := c.FirstAttempt > 1
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if at, ok := r.journal.find(key, fresh); ok {
			return r.known(req, at)
		}
		r.mu.Lock()
		f := r.flights[key]
		if _, ok := r.journal.find(key, fresh); f == nil && ok { // it came in this very moment
			r.mu.Unlock()
			continue
		}
		if f == nil {
			f = &flight{done: make(chan struct{})}
			r.flights[key] = f
			r.mu.Unlock()
			return r.lead(req, q, key, f)
		}
		r.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case f.err != nil:
			return nil, f.err
		case f.status != 0:
			return answerWith(req, f.status, f.header.Clone(), f.body), nil
		}
	}
}

// keyOf is the question's key; in live runs one of the caller's own.
func (r *Recorder) keyOf(req *http.Request, q *Question) string {
	if !r.opt.EachCaller {
		return q.Key()
	}
	c, _ := assistant.CallerFrom(req.Context())
	own := &Question{Protocol: q.Protocol, Repeat: q.Repeat}
	for _, part := range []string{c.RecordType, c.RecordID, c.Step, strconv.Itoa(c.Visit)} {
		own.body = append(append(own.body, part...), 0)
	}
	own.body = append(own.body, q.body...)
	return own.Key()
}

// known answers from the journal.
func (r *Recorder) known(req *http.Request, at span) (*http.Response, error) {
	data, err := r.journal.line(at)
	if err != nil {
		return nil, err
	}
	l, bad := scanText(data)
	if bad != nil {
		return nil, errors.New(bad.text)
	}
	i, err := l.open()
	if err != nil {
		return nil, err
	}
	return i.response(req), nil
}

// lead asks, on behalf of everybody who waits for the same.
func (r *Recorder) lead(req *http.Request, q *Question, key string, f *flight) (*http.Response, error) {
	defer func() {
		r.mu.Lock()
		delete(r.flights, key)
		r.mu.Unlock()
		close(f.done)
	}()
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		if req.Context().Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
			f.err = err
		}
		return nil, err
	}
	if resp == nil || resp.Body == nil {
		return nil, errors.New("the transport gave no response")
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return r.failed(req, resp, f), nil
	}
	data, readErr := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	readErr = errors.Join(readErr, resp.Body.Close())
	a, final := readAnswer(q.Protocol, data)
	if readErr != nil || len(data) > maxAnswer || !final {
		out := answerWith(req, resp.StatusCode, r.headers(resp), nil)
		out.Body, out.ContentLength = &rest{data: bytes.NewReader([]byte(r.hide(string(data)))), err: readErr}, -1
		return out, nil // for the client to complain about
	}
	i := r.interaction(q, key, a, resp)
	text := appendLine(nil, i)
	if len(text) >= maxLine {
		f.err = &assistant.Error{Code: CodeNotKept, Message: fmt.Sprintf("Question and answer together are longer than the %d MB that can be recorded.", maxLine>>20)}
		return nil, f.err
	}
	if err := r.journal.add(key, text); err != nil {
		f.err = &assistant.Error{Code: CodeNotKept, StopsRun: true, Cause: err, Hint: "make room on the disk, then go on with --resume",
			Message: fmt.Sprintf("An answer came and could not be written to %s: %v.", r.journal.path, err)}
		return nil, f.err
	}
	// What is used now is what a replay will use.
	return answerWith(req, i.Response.Status, r.headers(resp), i.Response.Body), nil
}

// rest is a body that was read before, with the error that reading ended in.
type rest struct {
	data *bytes.Reader
	err  error
}

func (b *rest) Read(p []byte) (int, error) {
	n, err := b.data.Read(p)
	if err != nil && b.err != nil {
		err = b.err
	}
	return n, err
}

func (b *rest) Close() error { return nil }

// failed passes an error answer on, to those who wait too: it is the answer to their question as well.
func (r *Recorder) failed(req *http.Request, resp *http.Response, f *flight) *http.Response {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	err = errors.Join(err, resp.Body.Close())
	text := []byte(r.hide(string(data))) // errors name the organisation, and messages are kept
	h := r.headers(resp)
	if err == nil {
		f.status, f.header, f.body = resp.StatusCode, h, text
	}
	out := answerWith(req, resp.StatusCode, h, text)
	out.Body, out.ContentLength = &rest{data: bytes.NewReader(text), err: err}, -1
	return out
}

// interaction is what is written down of an answer.
func (r *Recorder) interaction(q *Question, key string, a *answer, resp *http.Response) *Interaction {
	headers := headersOf(resp.Header)
	for name, value := range headers {
		headers[name] = r.scrub.text(value)
	}
	r.scrub.node(a.body)
	i := &Interaction{Key: key, RecordedAt: r.opt.Date,
		Request:  Request{Method: http.MethodPost, Path: pathOf(q.Protocol), Body: r.scrub.json(q.body)},
		Response: Response{Status: resp.StatusCode, Headers: headers, Body: appendNode(a.body)},
		Usage:    a.usage(), Model: a.model()}
	if i.Model == "" {
		i.Model = r.scrub.text(q.Model)
	}
	return i
}

// Finish ends the recording: the answers go into the recordings, and the journal away. When that fails the journal
// stays, and Settle can try again.
func (r *Recorder) Finish() (*Changes, error) {
	changes, err := r.Pause()
	if err != nil || r.journal == nil {
		return changes, err
	}
	for _, name := range []string{r.journal.path, r.journal.path + settledExt} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return changes, failure("the journal "+name+" cannot be removed", err)
		}
	}
	return changes, nil
}

// Pause ends a recording that may go on later: the answers go into the recordings, and the journal stays for a recorder
// that begins with the same one.
func (r *Recorder) Pause() (*Changes, error) {
	if r.journal == nil {
		return &Changes{}, nil
	}
	if err := r.journal.close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return nil, failure("the journal "+r.journal.path+" cannot be closed", err)
	}
	if r.opt.EachCaller {
		return &Changes{}, nil
	}
	return Settle(r.lib.dir, r.opt.Name, r.journal.path)
}

// settledExt marks journals whose answers are in the recordings.
const settledExt = ".merged"

// Settle merges a journal that an interrupted recording left and sets it aside, so that it is not merged again: only a
// recorder that begins with it takes it up.
func Settle(dir, name, journal string) (*Changes, error) {
	changes, err := Merge(dir, name, journal)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(journal, journal+settledExt); err != nil {
		return changes, failure("the journal "+journal+" cannot be set aside", err)
	}
	return changes, nil
}

// Forget removes what is left of a journal that nobody will take up any more. It must have been settled.
func Forget(journal string) error {
	err := os.Remove(journal + settledExt)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return failure("the journal "+journal+settledExt+" cannot be removed", err)
	}
	return nil
}
