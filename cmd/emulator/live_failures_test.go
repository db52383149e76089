package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"askflow/internal/assistant"
)

// liveRow is one way in which OpenAI refuses, and what a live run makes of it.
type liveRow struct {
	name, fault, code string
	exit              int  // of a run that is stopped
	stops, retried    bool // neither: the record goes on without an answer
}

const soon = "headers: {retry-after-ms: '1'}"

// liveRows are all rows of the error table.
func liveRows() []liveRow {
	return []liveRow{
		{name: "wrong key", fault: "{status: 401, code: invalid_api_key}", code: assistant.CodeBadKey, exit: 3, stops: true},
		{name: "missing scope", fault: "{status: 401, type: invalid_request_error, message: 'You have insufficient permissions for this operation. Missing scopes: api.responses.write.'}", code: assistant.CodePermission, exit: 3, stops: true},
		{name: "not a member", fault: "{status: 401, type: invalid_request_error, message: 'You must be a member of an organization to use the API.'}", code: assistant.CodePermission, exit: 3, stops: true},
		{name: "address", fault: "{status: 401, type: invalid_request_error, message: 'Your IP is not authorized.'}", code: assistant.CodePermission, exit: 3, stops: true},
		{name: "project without the model", fault: "{status: 403, code: model_not_found, message: 'Project `proj_1` does not have access to model `gpt-6-luna`'}", code: assistant.CodeModelAccess},
		{name: "country", fault: "{status: 403, code: unsupported_country_region_territory, message: 'Country, region, or territory not supported'}", code: assistant.CodePermission, exit: 3, stops: true},
		{name: "no such model", fault: "{status: 404, code: model_not_found}", code: assistant.CodeModelNotFound},
		{name: "context", fault: "{status: 400, code: context_length_exceeded}", code: assistant.CodeContextLength},
		{name: "setting", fault: "{status: 400, code: unsupported_value, param: temperature, message: no}", code: assistant.CodeBadSettings},
		{name: "setting, code null", fault: "{status: 400, type: invalid_request_error, param: temperature, message: \"Unsupported parameter: 'temperature' is not supported with this model.\"}", code: assistant.CodeBadSettings},
		{name: "rate limit", fault: "{status: 429, type: tokens, code: rate_limit_exceeded, " + soon + "}", code: assistant.CodeRateLimited, retried: true},
		{name: "request too large", fault: "{status: 429, type: tokens, code: rate_limit_exceeded, message: 'Request too large for gpt-6-luna on tokens per min (TPM): Limit 10, Requested 20.'}", code: assistant.CodeTooLarge, exit: 4, stops: true},
		{name: "slow down", fault: "{status: 429, type: rate_limit_error, code: slow_down, " + soon + "}", code: assistant.CodeOverloaded, retried: true},
		{name: "slow down, 503", fault: "{status: 503, code: slow_down, " + soon + "}", code: assistant.CodeOverloaded, retried: true},
		{name: "quota", fault: "{status: 429, type: insufficient_quota, code: insufficient_quota, " + soon + "}", code: assistant.CodeNoCredit, exit: 3, stops: true},
		{name: "credit", fault: "{status: 429, code: credit_balance_exhausted}", code: assistant.CodeNoCredit, exit: 3, stops: true},
		{name: "organization's spend limit", fault: "{status: 429, code: organization_spend_limit_exceeded, message: x}", code: assistant.CodeNoCredit, exit: 3, stops: true},
		{name: "project's spend limit", fault: "{status: 429, code: project_spend_limit_exceeded, message: x}", code: assistant.CodeNoCredit, exit: 3, stops: true},
		{name: "usage limit", fault: "{status: 429, code: organization_usage_limit_exceeded, message: x}", code: assistant.CodeNoCredit, exit: 3, stops: true},
		{name: "500", fault: "{status: 500, " + soon + "}", code: assistant.CodeServer, retried: true},
		{name: "502 HTML", fault: "{status: 502, body: '<html><title>502 Bad Gateway</title></html>', " + soon + "}", code: assistant.CodeServer, retried: true},
		{name: "503", fault: "{status: 503, code: server_is_overloaded, " + soon + "}", code: assistant.CodeOverloaded, retried: true},
		{name: "504 empty", fault: "{status: 504, body: '', " + soon + "}", code: assistant.CodeServer, retried: true},
		{name: "told not to ask again", fault: "{status: 500, headers: {x-should-retry: 'false'}}", code: assistant.CodeServer},
		{name: "reset", fault: "reset", code: assistant.CodeConnection, retried: true},
		{name: "truncated", fault: "truncated", code: assistant.CodeConnection, retried: true},
		{name: "slow", fault: "timeout", code: assistant.CodeTimeout, retried: true},
		{name: "no JSON", fault: "invalid_json", code: assistant.CodeBadResponse},
		{name: "refusal", fault: "refusal", code: assistant.CodeRefusal},
		{name: "incomplete", fault: "incomplete", code: assistant.CodeIncomplete},
		{name: "empty", fault: "empty", code: assistant.CodeEmpty},
		{name: "error inside", fault: "{code: server_error, inside: true}", code: assistant.CodeServer, retried: true},
		{name: "limit inside", fault: "{code: rate_limit_exceeded, inside: true}", code: assistant.CodeRateLimited, retried: true},
	}
}

// Every failure in a live run, in each protocol: one that would meet every record stops the run at once, the others leave
// the record without an answer; and when the cause is gone the run goes on without asking answered questions again.
func TestLiveFailures(t *testing.T) {
	t.Parallel()
	for _, row := range liveRows() {
		for _, protocol := range liveProtocols() {
			t.Run(string(protocol)+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				row.play(t, protocol)
			})
		}
	}
}

func (row *liveRow) play(t *testing.T, protocol assistant.Protocol) {
	f := newFront(t, protocol)
	o := newOffice(t, f.url, protocol)
	o.env["OPENAI_API_KEY"] = liveKey
	switch {
	case row.fault == "timeout" && protocol == assistant.Assistants: // runs are looked at by the run's own, faster clock
		o.settings(protocol, "3s")
	case row.fault == "timeout":
		o.settings(protocol, "150ms")
	}
	f.serve(simulator(t, "- {when: {prompt: {matches: 'Lead[^1]'}}, fault: "+row.fault+"}\n"+goodRules, protocol))
	run := []string{"run", "grade", "--answers", "live", "--clock", "x200", "--concurrency", "1", "-o", "json"}
	if row.stops {
		got := o.run("", run...).must(row.exit, "", "--resume r1").results()
		if got.Run.Status != "STOPPED" || got.Run.Error.Code != row.code || got.Run.Error.Message == "" || got.Run.Error.Hint == "" {
			t.Errorf("%+v", got.Run)
		}
		f.mustHaveSeen(t, 2)
		o.run("", append([]string{"run", "--resume", "last"}, run[6:]...)...).must(row.exit, "", "") // nothing has changed
		f.mustHaveSeen(t, 3)
		f.serve(simulator(t, goodRules, protocol))
		whole := o.run("", "run", "--resume", "last", "--strict", "-o", "json").must(0, "", "").results()
		whole.answered(t, 4)
		f.mustHaveSeen(t, 6)
		if w := whole.Results[1].Steps[0].Warnings; len(w) != 0 {
			t.Errorf("what was refused was not charged, so why warn: %q", w)
		}
		return
	}
	got := o.run("", run...).must(0, "", "").results()
	attempts := 1
	if row.retried {
		attempts = 3
	}
	if got.Run.Status != "COMPLETED" || got.Run.Totals.FailedAsks != 3 || got.Run.Totals.Attempts != 1+3*attempts {
		t.Errorf("%+v", got.Run)
	}
	for i, r := range got.Results[1:] {
		if s := r.Steps[0]; s.State != "FAIL_CONTINUE" || s.Error.Code != row.code || s.Error.Hint == "" || s.Ask == nil || s.Ask.Attempts != attempts || len(s.Ask.History) != attempts {
			t.Errorf("record %d: %+v", i+1, s)
		}
	}
	f.mustHaveSeen(t, 1+3*attempts)
	f.serve(simulator(t, goodRules, protocol))
	o.run("", "run", "--retry-failed", "last", "--strict", "-o", "json").must(0, "", "").results().answered(t, 4)
	f.mustHaveSeen(t, 1+3*attempts+3)
}

// What would meet every record shows before the first, and no run is made.
func TestLivePreflight(t *testing.T) {
	t.Parallel()
	for _, protocol := range liveProtocols() {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			f := newFront(t, protocol)
			o := newOffice(t, f.url, protocol)
			for _, answers := range []string{"live", "record"} {
				if answers == "record" && protocol == assistant.Assistants {
					continue
				}
				run := []string{"run", "grade", "--answers", answers}
				o.run("", run...).must(3, "", "account connect")
				o.env["OPENAI_API_KEY"] = strings.Replace(liveKey, "LiVe", "dead", 1)
				o.run("", run...).must(3, "", "does not accept the API key")
				o.env["OPENAI_API_KEY"] = liveKey
				o.env["OPENAI_BASE_URL"] = "http://127.0.0.1:1/v1"
				o.run("", run...).must(4, "", "connection failed")
				o.env["OPENAI_BASE_URL"] = f.url
				delete(o.env, "OPENAI_API_KEY")
			}
			f.mustHaveSeen(t, 0)
			o.run("", "runs", "list").must(0, "", "No runs yet")
		})
	}
}

// Today's OpenAI has no Assistants API, which is said before a record is touched.
func TestLiveAssistantsAreRetired(t *testing.T) {
	t.Parallel()
	f := newFront(t, assistant.Responses)
	o := newOffice(t, f.url, assistant.Assistants)
	o.env["OPENAI_API_KEY"] = liveKey
	o.run("", "run", "grade", "--answers", "live").must(2, "", "switched its own off on 2026-08-26").must(2, "", "openai.protocol")
	f.mustHaveSeen(t, 0)
	o.run("", "runs", "list").must(0, "", "No runs yet")
}

// Ctrl-C in the middle: what was answered is kept, and only the question in flight is asked again.
func TestLiveInterrupted(t *testing.T) {
	t.Parallel()
	for _, protocol := range liveProtocols() {
		for _, answers := range []string{"live", "record"} {
			if answers == "record" && protocol == assistant.Assistants {
				continue
			}
			t.Run(string(protocol)+"/"+answers, func(t *testing.T) {
				t.Parallel()
				f := newFront(t, protocol)
				o := newOffice(t, f.url, protocol)
				o.env["OPENAI_API_KEY"] = liveKey
				ctx, interrupt := context.WithCancel(t.Context())
				f.before = func(n int, r *http.Request) http.Handler {
					if n == 2 {
						interrupt()
						<-r.Context().Done() // the program lets go of the request
					}
					return nil
				}
				got := o.runIn(ctx, "", "run", "grade", "--answers", answers, "--clock", "x200", "--concurrency", "1", "-o", "json").must(130, "", "--resume r1").results()
				if got.Run.Status != "INTERRUPTED" || got.Run.Totals.Asks != 2 {
					t.Errorf("%+v", got.Run)
				}
				f.mustHaveSeen(t, 3)
				whole := o.run("", "run", "--resume", "last", "--strict", "-o", "json").must(0, "", "").results()
				whole.answered(t, 4)
				f.mustHaveSeen(t, 5)
				if w := whole.Results[2].Steps[0].Warnings; len(w) != 1 || !strings.Contains(w[0], "asked again") {
					t.Errorf("warnings of the question in flight: %q", w)
				}
			})
		}
	}
}

// A rate limit heals by itself: the server is left alone for as long as it asks, on the wall clock, and by everybody.
func TestLiveRateLimitHeals(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"headers: {retry-after-ms: '120'}", "headers: {retry-after: '0.12'}"} {
		for _, protocol := range liveProtocols()[:2] {
			for _, concurrency := range []int{1, 16} {
				t.Run(fmt.Sprintf("%s/%s/%d", protocol, after[10:22], concurrency), func(t *testing.T) {
					t.Parallel()
					f := newFront(t, protocol)
					o := newOffice(t, f.url, protocol)
					o.records(8)
					o.env["OPENAI_API_KEY"] = liveKey
					busy := simulator(t, "- fault: {status: 429, code: rate_limit_exceeded, "+after+"}\n", protocol)
					f.before = func(n int, _ *http.Request) http.Handler {
						if n == 2 || n == 3 {
							return busy
						}
						return nil
					}
					began := time.Now()
					got := o.run("", "run", "grade", "--answers", "live", "--strict", "--concurrency", fmt.Sprint(concurrency), "-o", "json").must(0, "", "").results()
					got.answered(t, 8)
					f.mustHaveSeen(t, 10)
					if took := time.Since(began); took < 120*time.Millisecond {
						t.Errorf("nobody waited: it took %s", took)
					}
					waits := 0
					for _, r := range got.Results {
						for _, h := range r.Steps[0].Ask.History {
							if h.Status == http.StatusTooManyRequests && h.WaitMs == 120 {
								waits++
							}
						}
					}
					if waits != 2 {
						t.Errorf("%d waits of 120 ms are told", waits)
					}
				})
			}
		}
	}
}

// Retrying a live run keeps the answers it got, even when the retry is stopped on its way.
func TestLiveRetryIsStopped(t *testing.T) {
	t.Parallel()
	f := newFront(t, assistant.Responses)
	o := newOffice(t, f.url, assistant.Responses)
	o.env["OPENAI_API_KEY"] = liveKey
	o.records(2)
	o.write("workflows/grade.yaml", "name: Grade\nobject: contact\nenabled: true\nenroll: {when: {firstname: known}}\nsteps:\n"+
		"  - ask_openai_assistant: {id: one, assistant: asst_grader, prompt: \"Grade: {{ enrolled_object.firstname }}\"}\n"+
		"  - ask_openai_assistant: {id: two, assistant: asst_grader, prompt: \"Sum up: {{ action_outputs.one.response }}\"}\n")
	fails := func(fault string) http.Handler {
		return simulator(t, "- {when: {prompt: {contains: 'Sum up'}}, fault: "+fault+"}\n"+goodRules, assistant.Responses)
	}
	f.serve(fails("{status: 400, code: invalid_prompt, message: no}"))
	o.run("", "run", "grade", "--answers", "live", "--concurrency", "1").must(0, "", "")
	f.mustHaveSeen(t, 4)
	f.serve(fails("{status: 401, code: invalid_api_key}"))
	o.run("", "run", "--retry-failed", "last", "--concurrency", "1").must(3, "", "")
	f.mustHaveSeen(t, 5)
	f.serve(simulator(t, goodRules, assistant.Responses))
	o.run("", "run", "--resume", "last").must(0, "", "")
	o.run("", "run", "--retry-failed", "last", "--strict").must(0, "", "")
	f.mustHaveSeen(t, 7) // the first questions had their answers
}

// With many at once, what stops a run is met by those at most who were on their way; whoever of them gets an answer keeps
// it.
func TestLiveStopsForAll(t *testing.T) {
	t.Parallel()
	for _, protocol := range liveProtocols() {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			f := newFront(t, protocol)
			o := newOffice(t, f.url, protocol)
			o.env["OPENAI_API_KEY"] = liveKey
			o.records(120)
			fault := "{status: 429, code: credit_balance_exhausted}"
			bad := simulator(t, "- {when: {prompt: {matches: 'Lead[0-9]*[37]$'}}, fault: "+fault+"}\n"+goodRules, protocol)
			f.serve(bad)
			got := o.run("", "run", "grade", "--answers", "live", "--clock", "x200", "--concurrency", "16", "-o", "json").must(3, "", "--resume").results()
			f.mu.Lock()
			seen := f.questions
			f.mu.Unlock()
			if got.Run.Error.Code != assistant.CodeNoCredit || seen > 2*16+3 {
				t.Errorf("the server saw %d questions: %+v", seen, got.Run)
			}
			refused := seen - got.Run.Totals.Asks
			f.serve(simulator(t, goodRules, protocol))
			o.run("", "run", "--resume", "last", "--strict", "-o", "json").must(0, "", "").results().answered(t, 120)
			f.mustHaveSeen(t, 120+refused)
			if refused < 1 || refused > 16 {
				t.Errorf("%d questions were refused", refused)
			}
		})
	}
}
