package runs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/app"
	"askflow/internal/tui/inspect"
	"askflow/internal/tui/screen/runs"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// store is a portal with runs in memory.
type store struct {
	service.Runs
	service.Launcher
	runs     []*run.Run // newest first
	rows     map[string][]*run.Result
	briefs   map[string][]run.Brief
	err      error // of reading runs
	lists    int
	queries  []run.BriefQuery
	deleted  []string
	started  []service.RunRequest
	start    func(service.RunRequest) (*service.Started, error)
	cancels  []string
	exported string // what exporting meets: ask for a file that is there
}

// portal is what the frame asks for.
type portal struct {
	service.Workflows
	service.Account
}

func (portal) Portal(context.Context) (*service.Portal, error) {
	return &service.Portal{Dir: "/p", Name: "Northwind", TimeZone: "Europe/Berlin", Answers: "scripted", Era: "responses", Now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)}, nil
}

func (portal) Status(context.Context) (*service.AccountStatus, error) {
	return &service.AccountStatus{Connected: true, Result: "ok"}, nil
}

func (s *store) List(_ context.Context, q run.RunQuery) ([]*run.Run, error) {
	s.lists++
	if s.err != nil {
		return nil, s.err
	}
	out := []*run.Run{}
	for _, r := range s.runs {
		text := strings.ToLower(r.ID + "\n" + r.Workflow.Name + "\n" + r.Workflow.File + "\n" + r.Workflow.ID + "\n" + r.Answers)
		switch {
		case q.Workflow != "" && r.Workflow.File != q.Workflow, len(q.Statuses) > 0 && !slices.Contains(q.Statuses, r.Status), !strings.Contains(text, strings.ToLower(q.Text)):
		case q.Before != "" && num(r.ID) >= num(q.Before), q.After != "" && num(r.ID) <= num(q.After):
		default:
			out = append(out, r)
		}
	}
	if q.After != "" && q.Limit > 0 && len(out) > q.Limit {
		return out[len(out)-q.Limit:], nil
	}
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out, nil
}

func num(id string) int { n, _ := strconv.Atoi(strings.TrimPrefix(id, "r")); return n }

func (s *store) Run(_ context.Context, id string) (*run.Run, error) {
	if s.err != nil {
		return nil, s.err
	}
	for _, r := range s.runs {
		if r.ID == id {
			copied := *r
			return &copied, nil
		}
	}
	return nil, &service.Error{Code: "store", Message: fmt.Sprintf("reading run %s: there is no such run", id), Cause: run.ErrNotFound}
}

func (s *store) Briefs(ctx context.Context, id string, q run.BriefQuery) (run.BriefPage, error) {
	s.queries = append(s.queries, q)
	if err := ctx.Err(); err != nil {
		return run.BriefPage{}, err
	}
	all := s.briefs[id]
	var out run.BriefPage
	step, i := 1, int(q.AfterSeq)+1
	if q.Backwards {
		step, i = -1, len(all)-1
		if q.BeforeSeq >= 0 {
			i = int(q.BeforeSeq) - 1
		}
	}
	for ; i >= 0 && i < len(all); i += step {
		if q.Limit > 0 && len(out.Briefs) == q.Limit || q.Scan > 0 && out.Scanned == q.Scan {
			out.More, out.Next = true, int64(i-step)
			return out, nil
		}
		b := all[i]
		out.Scanned++
		text := strings.ToLower(b.Record.ID + "\n" + b.Record.Name + "\n" + b.Reason + "\n" + b.Answer)
		if (len(q.States) == 0 || slices.Contains(q.States, b.State)) && (!q.Failed || b.FailedSteps > 0) && strings.Contains(text, strings.ToLower(q.Text)) {
			out.Briefs = append(out.Briefs, b)
		}
	}
	return out, nil
}

func (s *store) Row(_ context.Context, id string, seq int64) (*run.Result, error) {
	if rows := s.rows[id]; int(seq) < len(rows) {
		return rows[seq], nil
	}
	b := s.briefs[id][seq]
	answer := b.Answer
	return &run.Result{Record: b.Record, Enrollment: run.Enrollment{State: b.State, Reason: b.Reason},
		Steps: []run.Step{{ActionID: "1", ActionTypeID: "1-900001", State: run.Success, Ask: &run.Ask{Assistant: "a", Model: "gpt-6-luna", Prompt: "Is it?", Response: &answer, Attempts: 1}}}, Effects: []run.Effect{}}, nil
}

func (s *store) Compare(context.Context, service.CompareQuery) (*service.ComparePage, error) {
	return &service.ComparePage{}, nil
}

func (s *store) Export(_ context.Context, id string, w io.Writer) error {
	if s.err != nil {
		return s.err
	}
	_, err := io.WriteString(w, `{"run":"`+id+`"}`+"\n")
	return err
}

func (s *store) Delete(_ context.Context, id string) error {
	s.deleted = append(s.deleted, id)
	s.runs = slices.DeleteFunc(s.runs, func(r *run.Run) bool { return r.ID == id })
	return nil
}

func (s *store) Start(_ context.Context, r service.RunRequest) (*service.Started, error) {
	s.started = append(s.started, r)
	if s.start != nil {
		return s.start(r)
	}
	return &service.Started{Run: s.runs[0]}, nil
}

func (s *store) Cancel(_ context.Context, id string) error {
	s.cancels = append(s.cancels, id)
	return nil
}

func (s *store) services() *service.Services {
	return &service.Services{Runs: s, Launcher: s, Workflows: portal{}, Account: portal{}}
}

// drive shows the place over services; the other places only remember.
func drive(tb testing.TB, services *service.Services, width, height int) (*tuitest.Driver, *[ui.Places]*tuitest.Elsewhere) {
	tb.Helper()
	opt := app.Options{Services: services, Keys: tuitest.Keys(tb, inspect.Keys(), runs.Keys())}
	opt.Screens[ui.Runs] = runs.New
	s := tuitest.NewStage(tb, opt, ui.Runs, width, height)
	return s.Driver, &s.Others
}

// golden compares a screen below the frame's own two lines, without its styles, with a file.
func golden(t *testing.T, name string, d *tuitest.Driver) {
	t.Helper()
	tuitest.Golden(t, name, strings.SplitAfterN(d.Screen(), "\n", 3)[2])
}

const flowJSON = `{"type":"CONTACT_FLOW","objectTypeId":"0-1","actions":[{"actionId":"1","type":"SINGLE_CONNECTION","actionTypeId":"1-900001","fields":{},"connection":{"edgeType":"STANDARD","nextActionId":"2"}},{"actionId":"2","type":"SINGLE_CONNECTION","actionTypeId":"0-3","fields":{}}]}`

// sample is a portal with some runs, of which the newest has 40 enrollments.
func sample() *store {
	at := time.Date(2026, 11, 23, 8, 31, 0, 0, time.UTC)
	flowOf := run.Workflow{File: "workflows/lead-qualification.yaml", ID: "7", Name: "Lead qualification"}
	s := &store{briefs: map[string][]run.Brief{}, rows: map[string][]*run.Result{}}
	for n := 5; n >= 1; n-- {
		r := &run.Run{ID: "r" + strconv.Itoa(n), Workflow: flowOf, Status: run.RunCompleted, Created: at.AddDate(0, 0, n-5), Answers: "scripted", Era: "responses", Seed: 1,
			Now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), Flow: json.RawMessage(flowJSON),
			Settings: json.RawMessage(`{"request":{"workflow":"lead-qualification","model":"gpt-6-luna","seed":1},"clock":"skip"}`),
			Totals: run.Totals{Considered: int64(20 + 5*n), Asks: int64(12 + 4*n), CostUSD: fmt.Sprintf("0.00%d2", n), InputTokens: 4810, OutputTokens: 960,
				Enrollments: map[run.State]int64{run.Completed: int64(12 + 4*n), run.NotEnrolled: int64(8 + n)}, Effects: map[string]int64{"TASK": 7, "PROPERTY": 1}}}
		r.Ended = r.Created.Add(time.Duration(n) * 1400 * time.Millisecond)
		s.runs = append(s.runs, r)
	}
	s.runs[1].Status, s.runs[1].Error = run.RunStopped, &run.Error{Code: "over_budget", Message: "the next record may cost $0.02, and $0.01 is left", Hint: "raise the budget"}
	s.runs[2].Workflow = run.Workflow{File: "workflows/email-draft.yaml", ID: "8", Name: "Email draft"}
	s.runs[3].Status, s.runs[3].Answers = run.RunInterrupted, "live"
	top := s.runs[0]
	top.Totals.Asks, top.Totals.Enrollments = 36, map[run.State]int64{run.Completed: 36, run.NotEnrolled: 9}
	top.Totals.Answers = map[string]int64{"Qualified": 12, "Not qualified": 11, "Needs review": 10, "": 2}
	top.Totals.Models = map[string]run.ModelTotals{"gpt-6-luna": {Asks: 32, CostUSD: "0.0049"}, "gpt-6-sol": {Asks: 4, CostUSD: "0.0003"}}
	top.Totals.FailedSteps, top.Totals.FailedAsks, top.Totals.Retries = 1, 1, 3
	for i := range 32 {
		top.Totals.Latency.Add(int64(120 + i*i*3))
		top.Totals.Tokens.Add(int64(90 + i*9))
	}
	answers := []string{"Qualified", "Not qualified", "Needs review"}
	for i := range 45 {
		b := run.Brief{Seq: int64(i), Record: run.RecordRef{ObjectType: "contact", ID: strconv.Itoa(101 + i), Name: fmt.Sprintf("Person %02d", i)}, State: run.Completed, Steps: 5, Asks: 1,
			CostUSD: "0.0000345", Answer: answers[i%3], LatencyMs: int64(300 + 17*i)}
		switch {
		case i%5 == 4:
			b.State, b.Reason, b.Steps, b.Asks, b.Answer, b.LatencyMs, b.CostUSD = run.NotEnrolled, "Lifecycle stage is not lead", 0, 0, "", 0, ""
		case i == 31:
			b.FailedSteps, b.Problem, b.ProblemText, b.Answer = 1, "rate_limited", "OpenAI is limiting requests.", ""
		}
		s.briefs["r5"] = append(s.briefs["r5"], b)
	}
	return s
}

// hostile is a portal in which everything that is data wants to break the screen.
func hostile() *store {
	s := sample()
	evil := "\x1b[31mred\x1b[0m\x07\u202eevil\u200b 日本 👩\u200d👩\u200d👧 🇩🇪 e" + strings.Repeat("\u0301", 40) + " नमस्ते\tשלום\r\nend\u009b2J\x1b]52;c;AAAA\x07"
	long := strings.Repeat("word", 2500)
	huge := strings.Repeat("日本 ", 1_000_000)
	for i, r := range s.runs {
		r.Workflow.Name, r.Answers, r.Era = []string{evil, long, huge}[i%3], evil, evil
		r.Error = &run.Error{Code: evil, Message: long + evil, Hint: evil}
		r.Totals.Answers = map[string]int64{evil: 3, long[:60]: 2, "\x00": 1}
		r.Totals.Models = map[string]run.ModelTotals{evil: {Asks: 3, CostUSD: evil}, long: {Asks: 1}}
		r.Settings = json.RawMessage(`{"request":{"model":"\u001b[2J\u202e","pins":{"\u0000":"x"}}}`)
	}
	for i := range s.briefs["r5"] {
		b := &s.briefs["r5"][i]
		b.Record.Name, b.Record.ID, b.Reason, b.Answer, b.Problem = evil, evil, long, huge[:300], evil
		if i%2 == 0 {
			b.Answer, b.Record.Name = long, long
		}
	}
	return s
}
