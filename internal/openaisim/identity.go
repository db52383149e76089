package openaisim

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

// The headers in which WithIdentity says who is asking. Values are query-escaped.
const (
	headerRecordType    = "Askflow-Record-Type"
	headerRecord        = "Askflow-Record"
	headerAssistant     = "Askflow-Assistant"
	headerAssistantName = "Askflow-Assistant-Name"
	headerStep          = "Askflow-Step"
	headerStepName      = "Askflow-Step-Name"
	headerVisit         = "Askflow-Visit"
	headerRepeat        = "Askflow-Repeat"
	headerAttempt       = "Askflow-Attempt"
)

// The headers in which time travels between a client whose timeline does not wait and a simulator elsewhere: when it is
// for the client, how long it would wait (milliseconds), and how much of its time the simulator has spent (nanoseconds).
const (
	headerNow     = "Askflow-Now"
	headerTimeout = "Askflow-Timeout-Ms"
	headerSpent   = "Askflow-Spent-Ns"
)

// WithIdentity puts who is asking, and on a timeline that does not wait also what time it is, into headers of the requests
// that go through next. Put it only in front of a simulator reached over the network: a Simulator in this process reads
// the request's context by itself, and nobody else is to know.
func WithIdentity(next http.RoundTripper) http.RoundTripper { return teller{next} }

type teller struct{ next http.RoundTripper }

// RoundTrip sends a copy of the request with the headers.
func (t teller) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	timeline := clock.From(ctx)
	c, known := assistant.CallerFrom(ctx)
	if !known && timeline.Waits() {
		return t.next.RoundTrip(req)
	}
	told := *req
	told.Header = req.Header.Clone()
	if told.Header == nil {
		told.Header = http.Header{}
	}
	if known {
		tellCaller(told.Header, c)
	}
	if timeline.Waits() {
		return t.next.RoundTrip(&told)
	}
	told.Header.Set(headerNow, timeline.Now().UTC().Format(time.RFC3339Nano))
	told.Header.Set(headerTimeout, strconv.FormatInt(clock.Timeout(ctx).Milliseconds(), 10))
	resp, err := t.next.RoundTrip(&told)
	if err != nil || resp == nil {
		return resp, err
	}
	if spent, err := strconv.ParseInt(resp.Header.Get(headerSpent), 10, 64); err == nil && spent > 0 {
		if err := timeline.Sleep(ctx, time.Duration(spent)); err != nil {
			return nil, errors.Join(err, resp.Body.Close())
		}
	}
	resp.Header.Del(headerSpent)
	return resp, nil
}

func tellCaller(h http.Header, c assistant.Caller) {
	for name, value := range map[string]string{
		headerRecordType: c.RecordType, headerRecord: c.RecordID, headerAssistant: c.Assistant, headerAssistantName: c.AssistantName,
		headerStep: c.Step, headerStepName: c.StepName,
		headerVisit: strconv.Itoa(c.Visit), headerRepeat: strconv.Itoa(c.Repeat), headerAttempt: strconv.Itoa(c.Attempt),
	} {
		h.Set(name, url.QueryEscape(value))
	}
}

// callerOf reads who is asking from the context, else from the headers.
func callerOf(req *http.Request) assistant.Caller {
	if c, ok := assistant.CallerFrom(req.Context()); ok {
		return c
	}
	if req.Header.Get(headerAttempt) == "" {
		return assistant.Caller{}
	}
	text := func(name string) string {
		s, err := url.QueryUnescape(req.Header.Get(name))
		if err != nil {
			return ""
		}
		return s
	}
	number := func(name string) int {
		n, err := strconv.Atoi(text(name))
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	return assistant.Caller{
		RecordType: text(headerRecordType), RecordID: text(headerRecord), Assistant: text(headerAssistant), AssistantName: text(headerAssistantName),
		Step: text(headerStep), StepName: text(headerStepName), Visit: number(headerVisit), Repeat: number(headerRepeat), Attempt: number(headerAttempt),
	}
}
