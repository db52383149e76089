package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	yaml "go.yaml.in/yaml/v4"

	"askflow/internal/emulator"
	"askflow/internal/run"
)

// A scenario is a portal folder with a scenario.yaml, which says what to run in it, and a want.jsonl, which says what must
// come out: for each run a line about the run, then its results.

var update = flag.Bool("update", false, "write want.jsonl of every scenario anew")

const scenarioRoot = "../../testdata/scenarios"

type scenario struct {
	About string         `yaml:"about"`
	Runs  []scenarioStep `yaml:"runs"`
}

// scenarioStep is one launch, with what happens to the folder before it.
type scenarioStep struct {
	Workflow    string            `yaml:"workflow"`
	Records     []string          `yaml:"records"`
	Enroll      string            `yaml:"enroll"`
	Assistant   string            `yaml:"assistant"`
	Model       string            `yaml:"model"`
	Temperature *float64          `yaml:"temperature"`
	Effort      string            `yaml:"reasoning_effort"`
	Seed        int64             `yaml:"seed"`
	Now         string            `yaml:"now"`
	Era         string            `yaml:"era"`
	Pin         map[string]string `yaml:"pin"`
	Stub        []string          `yaml:"stub"`
	Faults      string            `yaml:"faults"`
	MaxCost     string            `yaml:"max_cost"`
	Timings     bool              `yaml:"timings"`
	Resume      string            `yaml:"resume"`
	RetryFailed string            `yaml:"retry_failed"`
	Draft       bool              `yaml:"draft_missing"`
	// Write replaces files of the portal first.
	Write map[string]string `yaml:"write"`
	// Show limits the steps that the golden file holds of each result: the first so many, and the last.
	Show int `yaml:"show_steps"`
}

func (s *scenarioStep) request(dir string, concurrency int) emulator.Request {
	req := emulator.Request{Workflow: s.Workflow, Enroll: s.Enroll, Assistant: s.Assistant, Model: s.Model, Temperature: s.Temperature,
		ReasoningEffort: s.Effort, Concurrency: concurrency, Seed: max(1, s.Seed), Now: s.Now, Era: s.Era, Pins: s.Pin, Stubs: s.Stub,
		MaxCost: s.MaxCost, Timings: s.Timings, Resume: s.Resume, RetryFailed: s.RetryFailed, DraftMissing: s.Draft}
	if s.Faults != "" {
		req.Faults = filepath.Join(dir, s.Faults)
	}
	for _, name := range s.Records {
		req.Records = append(req.Records, filepath.Join(dir, name))
	}
	return req
}

// scenarioNames lists the folders.
func scenarioNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(scenarioRoot)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		t.Fatalf("there are no scenarios in %s", scenarioRoot)
	}
	return names
}

func readScenario(t *testing.T, name string) *scenario {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(scenarioRoot, name, "scenario.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var s scenario
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		t.Fatalf("scenario.yaml of %s: %v", name, err)
	}
	if s.About == "" || len(s.Runs) == 0 {
		t.Fatalf("scenario.yaml of %s needs about and runs", name)
	}
	return &s
}

// copyPortal copies a scenario's portal, without what belongs to the test.
func copyPortal(t *testing.T, name string) string {
	t.Helper()
	from, to := filepath.Join(scenarioRoot, name), t.TempDir()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil || rel == "want.jsonl" || rel == "scenario.yaml" {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// play runs a scenario in a fresh copy of its portal and returns what came out.
func play(t *testing.T, name string, s *scenario, concurrency int) string {
	t.Helper()
	dir := copyPortal(t, name)
	var out bytes.Buffer
	for i := range s.Runs {
		step := &s.Runs[i]
		for file, text := range step.Write {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		launch(t, &out, dir, step, concurrency)
	}
	return strings.ReplaceAll(out.String(), dir, "PORTAL")
}

// head is the line about a run in want.jsonl.
type head struct {
	Run      string      `json:"run,omitempty"`
	Status   run.Status  `json:"status,omitempty"`
	Exit     int         `json:"exit"`
	Totals   *run.Totals `json:"totals,omitempty"`
	Error    *failure    `json:"error,omitempty"`
	Drafted  string      `json:"drafted,omitempty"`
	Draft    string      `json:"draft,omitempty"`
	Warnings []string    `json:"warnings,omitempty"`
}

type failure struct {
	Code     string   `json:"code"`
	Message  string   `json:"message,omitempty"`
	Hint     string   `json:"hint,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

func launch(t *testing.T, out *bytes.Buffer, dir string, step *scenarioStep, concurrency int) {
	t.Helper()
	ctx := context.Background()
	e, err := emulator.Open(ctx, emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var streamed []string
	h := head{}
	hooks := emulator.Hooks{
		Rows: func(rows []run.Row, ordered bool) error {
			for i := range rows {
				if ordered {
					streamed = append(streamed, string(run.AppendResult(nil, &rows[i], step.Timings)))
				}
			}
			return nil
		},
	}
	summary, err := e.Run(ctx, step.request(dir, concurrency), hooks)
	var lines []string
	switch {
	case err != nil:
		h.fail(emulator.AsError(err))
	default:
		if summary.Err != nil {
			h.fail(summary.Err)
		}
		r := summary.Run
		h.Run, h.Status, h.Drafted = r.ID, r.Status, summary.Drafted
		lines = results(t, e, r, step)
		h.Totals = &r.Totals
		if summary.Ordered && step.Show == 0 {
			if diff := cmp.Diff(lines, streamed); diff != "" {
				t.Errorf("the rows handed out while running differ from those stored (-stored +handed out):\n%s", diff)
			}
		}
		if summary.Drafted != "" {
			text, err := os.ReadFile(filepath.Join(dir, summary.Drafted))
			if err != nil {
				t.Fatal(err)
			}
			h.Draft = string(text)
		}
	}
	line, err := marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(line)
	for _, l := range lines {
		fmt.Fprintln(out, l)
	}
}

func (h *head) fail(e *emulator.Error) {
	h.Exit = e.Exit
	h.Error = &failure{Code: e.Code, Message: e.Message, Hint: e.Hint}
	for _, p := range e.Problems { // how validation puts it is its own tests' business
		h.Error.Message, h.Error.Hint = "", ""
		h.Error.Problems = append(h.Error.Problems, p.Where()+" "+p.Code)
	}
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// results reads a run's rows back and checks that the totals are the sum of them.
func results(t *testing.T, e *emulator.Emulator, r *run.Run, step *scenarioStep) []string {
	t.Helper()
	reader, err := e.Reader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}()
	var lines []string
	sum := newSum()
	err = reader.Rows(context.Background(), r.ID, run.Query{AfterSeq: -1}, func(row *run.Row) error {
		result, err := row.Result()
		if err != nil {
			return err
		}
		sum.add(result)
		line := run.AppendResult(nil, row, step.Timings)
		if n := step.Show; n > 0 && len(result.Steps) > n+1 {
			return errors.Join(err, shorten(&lines, result, n))
		}
		lines = append(lines, string(line))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sum.totals(), &r.Totals); diff != "" {
		t.Errorf("the totals of run %s are not the sum of its rows (-rows +totals):\n%s", r.ID, diff)
	}
	return lines
}

// shorten adds a result without the steps in its middle.
func shorten(lines *[]string, result *run.Result, n int) error {
	all := result.Steps
	result.Steps = append(slices.Clone(all[:n]), all[len(all)-1])
	result.Effects = result.Effects[:min(n, len(result.Effects))]
	line, err := marshal(struct {
		*run.Result
		Count int `json:"stepCount"`
	}{result, len(all)})
	*lines = append(*lines, strings.TrimSpace(string(line)))
	return err
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	var ran sync.Map
	t.Cleanup(func() {
		if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
			return // somebody asked for some of them
		}
		for _, name := range scenarioNames(t) {
			if _, ok := ran.Load(name); !ok {
				t.Errorf("the scenario %s did not run", name)
			}
		}
	})
	for _, name := range scenarioNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := readScenario(t, name)
			got := play(t, name, s, 1)
			for _, concurrency := range []int{1, 64} {
				if diff := cmp.Diff(lines(got), lines(play(t, name, s, concurrency))); diff != "" {
					t.Fatalf("another run at concurrency %d came out differently:\n%s", concurrency, diff)
				}
			}
			golden := filepath.Join(scenarioRoot, name, "want.jsonl")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines(string(want)), lines(got)); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", s.About, diff)
			}
			ran.Store(name, true)
		})
	}
}

func lines(s string) []string { return strings.Split(strings.TrimSpace(s), "\n") }
