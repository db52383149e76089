package suite_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/suite"
	"askflow/testdata"
)

// leastCaught is the share of mistakes that the demo portal's tests must notice.
const leastCaught = 0.95

// mutantsOfAKind is how many mutants of each kind are tried where not all of them are asked for: enough to see that a kind is
// noticed at all, few enough for half a minute with the race detector on two cores.
const mutantsOfAKind = 20

// The demo portal's tests are an example to follow, so they have to be good at what tests are for: a mistake in a prompt, a branch,
// an effect, a trigger or an answer makes them fail. ASKFLOW_ALL_MUTANTS=1 tries all mistakes there are.
func TestDemoTestsNoticeMistakes(t *testing.T) {
	t.Parallel()
	demo, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, demo); err != nil {
		t.Fatal(err)
	}
	p, err := portal.Load(t.Context(), dir, portal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	mutants := slices.Concat(flowMutants(t, p), replyMutants(t, demo))
	slices.SortFunc(mutants, func(a, b mutant) int { return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name)) })
	for i := 1; i < len(mutants); i++ {
		if mutants[i].kind == mutants[i-1].kind && mutants[i].name == mutants[i-1].name {
			t.Errorf("two mutants are called %s", mutants[i].name)
		}
	}
	tests := testsOf(t, dir)
	sound, mutants := apart(mutants)
	for i, r := range tryAll(t, demo, tests, sound) {
		if r.caught {
			t.Fatalf("%s: nothing is broken, and the tests fail: %s", sound[i].name, r.why)
		}
	}
	all := len(mutants)
	if os.Getenv("ASKFLOW_ALL_MUTANTS") == "" {
		mutants = sampled(mutants, mutantsOfAKind)
	}
	results := tryAll(t, demo, tests, mutants)
	caught, told := tallyMutants(mutants, results)
	t.Logf("%d of %d mutants, %d caught (%.1f %%)\n%s", len(mutants), all, caught, 100*float64(caught)/float64(len(mutants)), told)
	if float64(caught) < leastCaught*float64(len(mutants)) {
		t.Errorf("the demo portal's tests notice %d of %d mistakes, and should notice %.0f %%", caught, len(mutants), 100*leastCaught)
	}
}

// testsOf names the tests of each workflow.
func testsOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	e, err := emulator.Open(t.Context(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	all, err := suite.Load(e)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, test := range all {
		out[test.Workflow] = append(out[test.Workflow], test.File)
	}
	return out
}

// The demo portal's tests pass, without a warning, and reach everything that there is to reach.
func TestDemoTestsPass(t *testing.T) {
	t.Parallel()
	demo, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, demo); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(t.Context(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	report, err := suite.Run(t.Context(), e, suite.Options{})
	if err != nil {
		t.Fatal(err, emulator.AsError(err).Problems)
	}
	if !report.Passed || len(report.Reasons) > 0 || len(report.Warnings) > 0 {
		t.Errorf("passed %v, reasons %v, warnings:\n%v", report.Passed, report.Reasons, report.Warnings)
	}
	covered := map[string]bool{}
	for _, test := range report.Tests {
		if test.Coverage == nil {
			continue
		}
		covered[test.Workflow.File] = true
		for _, item := range test.Coverage.Items {
			if item.Hits == 0 {
				t.Errorf("%s: no test reaches the %s %s, %s:%d", test.Workflow.File, item.Kind, item.Label, item.File, item.Line)
			}
		}
	}
	if len(covered) != len(e.Portal.Flows) {
		t.Errorf("coverage is told of %d workflows, and the demo portal has %d", len(covered), len(e.Portal.Flows))
	}
}

// harmless is the kind of mutants without a mistake: the same file, written as the mutators write it.
const harmless = "harmless"

// apart divides mutants without a mistake from the others.
func apart(mutants []mutant) (without, with []mutant) {
	for _, m := range mutants {
		if m.kind == harmless {
			without = append(without, m)
		} else {
			with = append(with, m)
		}
	}
	return without, with
}

// fate is what became of a mutant.
type fate struct {
	caught bool
	// refused tells that nothing ran: the portal or its tests were invalid.
	refused bool
	// why is what noticed it.
	why string
	err error
}

// sampled takes so many mutants of each kind, evenly spread, always the same ones.
func sampled(mutants []mutant, most int) []mutant {
	of := map[string]int{}
	for _, m := range mutants {
		of[m.kind]++
	}
	at := map[string]int{}
	return slices.DeleteFunc(slices.Clone(mutants), func(m mutant) bool {
		i, n := at[m.kind], of[m.kind]
		at[m.kind]++
		return n > most && i*most/n == (i+1)*most/n
	})
}

// tryAll tries the mutants, two at a time, each worker in a portal folder of its own.
func tryAll(t *testing.T, demo fs.FS, tests map[string][]string, mutants []mutant) []fate {
	t.Helper()
	results := make([]fate, len(mutants))
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range 2 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, demo); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range jobs {
				results[i] = tryMutant(t.Context(), demo, dir, tests[mutants[i].workflow], mutants[i])
			}
		})
	}
	for i := range mutants {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	for i, r := range results {
		if r.err != nil {
			t.Fatalf("%s: %v", mutants[i].name, r.err)
		}
	}
	return results
}

// tryMutant makes the mistake, runs the tests of the workflow, and takes the mistake back.
func tryMutant(ctx context.Context, demo fs.FS, dir string, tests []string, m mutant) (v fate) {
	file := filepath.Join(dir, filepath.FromSlash(m.file))
	before, err := fs.ReadFile(demo, m.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fate{err: err}
	}
	isNew := err != nil
	if err := os.WriteFile(file, m.text, 0o600); err != nil {
		return fate{err: err}
	}
	if m.remove != "" {
		v.err = errors.Join(v.err, os.Remove(filepath.Join(dir, filepath.FromSlash(m.remove))))
	}
	defer func() {
		if isNew {
			v.err = errors.Join(v.err, os.Remove(file))
		} else {
			v.err = errors.Join(v.err, os.WriteFile(file, before, 0o600))
		}
		if m.remove != "" {
			data, err := fs.ReadFile(demo, m.remove)
			v.err = errors.Join(v.err, err, os.WriteFile(filepath.Join(dir, filepath.FromSlash(m.remove)), data, 0o600))
		}
	}()
	e, err := emulator.Open(ctx, emulator.Options{Dir: dir})
	if err != nil {
		return fate{err: err}
	}
	report, err := suite.Run(ctx, e, suite.Options{Names: tests, Concurrency: 1})
	if err != nil {
		known := emulator.AsError(err)
		if known.Exit != emulator.ExitUsage {
			return fate{err: err}
		}
		return fate{caught: true, refused: true, why: fmt.Sprintf("%s: %v %v", known.Code, known, known.Problems)}
	}
	if report.Passed {
		return fate{}
	}
	v.caught = true
	for _, test := range report.Tests {
		for _, cell := range test.Cells {
			for _, c := range cell.Failures {
				for _, f := range c.Failures {
					v.why = fmt.Sprintf("%s, record %s: %s %s", test.Name, c.Record.ID, f.Subject, f.Check)
					return v
				}
			}
		}
	}
	return v
}

// tallyMutants counts what was caught, and tells by kind how many, and which survived.
func tallyMutants(mutants []mutant, results []fate) (caught int, told string) {
	type count struct{ all, caught, refused int }
	kinds := map[string]*count{}
	var survivors []string
	for i, m := range mutants {
		c := kinds[m.kind]
		if c == nil {
			c = &count{}
			kinds[m.kind] = c
		}
		c.all++
		switch {
		case results[i].refused:
			c.refused++
			fallthrough
		case results[i].caught:
			c.caught++
			caught++
		default:
			survivors = append(survivors, m.kind+" "+m.name)
		}
	}
	var b strings.Builder
	for _, kind := range []string{"reply", "fault", "prompt", "branch", "effect", "trigger", "settings"} {
		if c := kinds[kind]; c != nil {
			fmt.Fprintf(&b, "%-8s %3d of %3d caught, %d of them because nothing could run\n", kind, c.caught, c.all, c.refused)
		}
	}
	for _, s := range survivors {
		fmt.Fprintf(&b, "survived: %s\n", s)
	}
	return caught, b.String()
}
