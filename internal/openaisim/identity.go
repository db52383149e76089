package openaisim

import (
	"net/http"
	"net/url"
	"strconv"

	"askflow/internal/assistant"
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

// WithIdentity puts who is asking into headers of the requests that go through next. Put it only in front of a simulator
// reached over the network: a Simulator in this process reads the request's context by itself, and nobody else is to
// know.
func WithIdentity(next http.RoundTripper) http.RoundTripper { return teller{next} }

type teller struct{ next http.RoundTripper }

// RoundTrip sends a copy of the request with the headers.
func (t teller) RoundTrip(req *http.Request) (*http.Response, error) {
	c, ok := assistant.CallerFrom(req.Context())
	if !ok {
		return t.next.RoundTrip(req)
	}
	told := *req
	told.Header = req.Header.Clone()
	if told.Header == nil {
		told.Header = http.Header{}
	}
	for name, value := range map[string]string{
		headerRecordType: c.RecordType, headerRecord: c.RecordID, headerAssistant: c.Assistant, headerAssistantName: c.AssistantName,
		headerStep: c.Step, headerStepName: c.StepName,
		headerVisit: strconv.Itoa(c.Visit), headerRepeat: strconv.Itoa(c.Repeat), headerAttempt: strconv.Itoa(c.Attempt),
	} {
		told.Header.Set(name, url.QueryEscape(value))
	}
	return t.next.RoundTrip(&told)
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
