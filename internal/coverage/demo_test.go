package coverage_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/coverage"
	"askflow/internal/engine"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/portal"
	"askflow/internal/prompttest"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/testdata"
)

// world has lists and no records beside the enrolled one.
type world struct{ lists []hubspot.List }

func (world) Associated(*hubspot.Record, string, hubspot.AssociationType) []*hubspot.Record {
	return nil
}
func (world) Find(string, string) *hubspot.Record { return nil }
func (w world) InList(list, _, record string) bool {
	for _, l := range w.lists {
		if l.ID == list {
			return l.Members[record]
		}
	}
	return false
}

// committer hands the steps of every record on.
type committer struct {
	tracker *coverage.Tracker
	program *engine.Program
}

func (c committer) Commit(_ context.Context, _ string, rows []run.Row, _ *run.Totals) error {
	for i := range rows {
		result, err := rows[i].Result()
		if err != nil {
			return err
		}
		c.tracker.Steps(result.Steps)
		c.tracker.Trigger(c.program.LeftBy(rows[i].State, rows[i].Reason))
	}
	return nil
}

// watching counts the triggers that every record meets.
type watching struct {
	*records.Reader
	tracker *coverage.Tracker
	program *engine.Program
}

func (w watching) Next() (*hubspot.Record, error) {
	rec, err := w.Reader.Next()
	if err == nil {
		for i, met := range w.program.TriggersMet(rec) {
			if met {
				w.tracker.Trigger(i)
			}
		}
	} else if !errors.Is(err, io.EOF) {
		err = errors.Join(err, errors.New("reading records"))
	}
	return rec, err
}

// rehearse runs a workflow of the demo portal over its own records, all of them or those named, and returns what was reached.
func rehearse(t *testing.T, workflow string, ids ...string) *prompttest.Coverage {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	files, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	p, err := portal.Load(ctx, dir, portal.Options{})
	if err != nil || p.Problems.HasErrors() {
		t.Fatal(err, p.Problems)
	}
	f, err := p.Workflow(workflow)
	if err != nil {
		t.Fatal(err)
	}
	_, schema, problems := p.Scan(ctx)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	kinds := flow.NewKinds(p.Settings.OpenAIAction)
	var tracker *coverage.Tracker
	sim := openaisim.New(openaisim.Options{Rules: p.Rules, Seed: 1, Models: p.Models, Assistants: p.Assistants, Answered: func(r *openaisim.Rule) { tracker.Rule(r) }})
	names := map[string]string{}
	for _, l := range p.Lists {
		names[l.ID] = l.Name
	}
	enroll := engine.EnrollMode{}
	for _, id := range ids {
		if enroll.IDs == nil {
			enroll.IDs = map[string]bool{}
		}
		enroll.IDs[id] = true
	}
	program, problems := engine.Compile(engine.Config{World: world{p.Lists}, Now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), ListNames: names, Enroll: enroll, Env: &action.Env{
		Flow: f, Kinds: kinds, Schema: schema, Users: p.Users, Location: p.Settings.Zone, Seed: 1,
		Ask: action.AskEnv{Asker: assistant.NewClient(assistant.Config{Transport: sim, Models: p.Models, Seed: 1, MaxAttempts: 3}), Models: p.Models, MaxOutput: 2000,
			Assistant: func(name string) (*assistant.Assistant, bool) {
				a, err := p.Assistant(name)
				return a, err == nil
			}},
	}})
	if program == nil {
		t.Fatal(problems)
	}
	var triggers []coverage.Trigger
	for _, one := range program.Triggers() {
		triggers = append(triggers, coverage.Trigger(one))
	}
	tracker = coverage.New(f, kinds, triggers, p.Rules)
	for _, step := range program.AskingSteps() {
		tracker.Asks(coverage.Ask(step))
	}
	src := watching{records.Open("contact", p.RecordFiles["contact"], records.Options{Properties: schema.Of("contact"), Users: p.Users}), tracker, program}
	defer func() { _ = src.Close() }()
	if _, err := program.Run(ctx, src, committer{tracker, program}, "r1", engine.Options{Concurrency: 4}); err != nil {
		t.Fatal(err)
	}
	return tracker.Report()
}

// TestDemoPortal rehearses the four workflows over their own records: whatever is left out, is left out for a reason given here.
func TestDemoPortal(t *testing.T) {
	t.Parallel()
	for workflow, unreached := range map[string][]string{
		"lead-qualification": nil,
		// They answer the shorter prompt of a variant.
		"email-draft":    {"Hollis Barrow, short", "Donal Moran, short", "Mads Kjeldsen, short"},
		"record-summary": nil,
		// No record of the demo comes from there.
		"state-formatting": {"District of Columbia", "Michigan", "Nevada"},
	} {
		t.Run(workflow, func(t *testing.T) {
			t.Parallel()
			c := rehearse(t, workflow)
			var missed []string
			count := map[prompttest.CoverKind]int{}
			for _, i := range c.Items {
				count[i.Kind]++
				if i.Hits == 0 {
					missed = append(missed, i.Label)
				}
				if i.Line == 0 || i.File == "" || i.ID == "" || i.Label == "" {
					t.Errorf("%+v has no place or no name", i)
				}
				if i.Kind == prompttest.CoverRule && !strings.HasPrefix(i.File, "responses/"+workflow) {
					t.Errorf("the rule %s of %s answers another workflow", i.Label, i.File)
				}
			}
			if diff := cmp.Diff(unreached, missed); diff != "" {
				t.Errorf("not reached (-want +got):\n%s", diff)
			}
			for _, kind := range []prompttest.CoverKind{prompttest.CoverTrigger, prompttest.CoverAction, prompttest.CoverBranch, prompttest.CoverRule} {
				if count[kind] == 0 {
					t.Errorf("nothing of the kind %s is listed", kind)
				}
			}
			if c.Total != len(c.Items) || c.Covered != c.Total-len(unreached) {
				t.Errorf("%d of %d are counted as covered", c.Covered, c.Total)
			}
		})
	}
}

// TestDemoOneRecord: with one record of the demo, the way it goes is covered, and nothing else is.
func TestDemoOneRecord(t *testing.T) {
	t.Parallel()
	c := rehearse(t, "lead-qualification", "2057") // the model refuses to grade it
	want := []string{
		"qualify · Ask OpenAI Assistant", "2 · Value equals branch", "3 · Create task",
		"2 · Value equals branch: None met (default)",
		"refused",
	}
	var got []string
	for _, i := range c.Items {
		if i.Kind == prompttest.CoverTrigger {
			if i.Hits < 2 {
				t.Errorf("the trigger %q looks only at the record that enrolls: %d", i.Label, i.Hits)
			}
			continue
		}
		if i.Hits > 0 {
			got = append(got, i.Label)
		}
		if i.Hits > 1 {
			t.Errorf("one record hit %s %d times", i.Label, i.Hits)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
}
