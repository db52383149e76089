package flow_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// graphFlow makes a flow from "1>2 2>3,4 3d>1": action 2 branches, 3 is a delay. Plain actions set a property.
func graphFlow(t testing.TB, start, edges string) *flow.Flow {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{"type":"CONTACT_FLOW","objectTypeId":"0-1","startActionId":%q,"actions":[`, start)
	for i, e := range strings.Fields(edges) {
		if i > 0 {
			b.WriteByte(',')
		}
		id, to, _ := strings.Cut(e, ">")
		id, delay := strings.CutSuffix(id, "d")
		targets := strings.Split(to, ",")
		connection := func(to string) string { return fmt.Sprintf(`{"edgeType":"STANDARD","nextActionId":%q}`, to) }
		if len(targets) > 1 {
			var arms []string
			for _, to := range targets {
				arms = append(arms, `{"connection":`+connection(to)+`}`)
			}
			fmt.Fprintf(&b, `{"type":"LIST_BRANCH","actionId":%q,"listBranches":[%s]}`, id, strings.Join(arms, ","))
			continue
		}
		typeID, fields := "0-5", `{}`
		if delay {
			typeID = "0-1"
		}
		fmt.Fprintf(&b, `{"type":"SINGLE_CONNECTION","actionId":%q,"actionTypeId":%q,"fields":%s`, id, typeID, fields)
		if to != "" {
			b.WriteString(`,"connection":` + connection(to))
		}
		b.WriteByte('}')
	}
	b.WriteString("]}")
	n, problems := source.ParseJSON("g.json", []byte(b.String()))
	if n == nil {
		t.Fatal(problems)
	}
	f, problems := flow.Decode("g.json", n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return f
}

func TestAnalyze(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, start, edges string
		unreachable, joins []string
		dangling, cycles   []string
	}{
		{name: "a chain", start: "1", edges: "1>2 2>3 3>"},
		{name: "unreachable", start: "1", edges: "1>2 2> 3>2 10>3", unreachable: []string{"3", "10"}},
		{name: "a diamond", start: "1", edges: "1>2,3 2>4 3>4 4>", joins: []string{"4"}},
		{name: "both arms to one", start: "1", edges: "1>2,2 2>", joins: []string{"2"}},
		{name: "a loop", start: "1", edges: "1>2 2>3 3>2", joins: []string{"2"}, cycles: []string{"2 3"}},
		{name: "a loop to the start", start: "1", edges: "1>2 2>1", joins: []string{"1"}, cycles: []string{"1 2"}},
		{name: "itself", start: "1", edges: "1>1", joins: []string{"1"}, cycles: []string{"1"}},
		{name: "a loop with a delay", start: "1", edges: "1>2 2d>3 3>2", joins: []string{"2"}},
		{name: "two ways round, one with a delay", start: "1", edges: "1>2 2>3,4 3d>1 4>1", joins: []string{"1"}, cycles: []string{"1 2 4"}},
		{name: "two loops", start: "1", edges: "1>2,3 2>1,4 3>3 4>5 5>4", joins: []string{"1", "3", "4"}, cycles: []string{"1 2", "3", "4 5"}},
		{name: "a loop nobody reaches", start: "1", edges: "1> 2>3 3>2", unreachable: []string{"2", "3"}},
		{name: "dangling", start: "1", edges: "1>2,9 2>8", dangling: []string{"1>9", "2>8"}},
		{name: "dangling start", start: "7", edges: "1>", unreachable: []string{"1"}, dangling: []string{">7"}},
		{name: "empty", start: "", edges: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := flow.Analyze(graphFlow(t, c.start, c.edges))
			var dangling, cycles []string
			for _, d := range g.Dangling {
				dangling = append(dangling, d.ActionID+">"+d.To)
				if d.Pos.Line != 1 || d.Pos.Col < 2 {
					t.Errorf("no position: %+v", d)
				}
			}
			for _, loop := range g.Cycles {
				cycles = append(cycles, strings.Join(loop.ActionIDs, " "))
				if loop.Pos.Line != 1 {
					t.Errorf("no position: %+v", loop)
				}
			}
			for _, d := range []string{cmp.Diff(c.unreachable, g.Unreachable), cmp.Diff(c.joins, g.Joins), cmp.Diff(c.dangling, dangling), cmp.Diff(c.cycles, cycles)} {
				if d != "" {
					t.Errorf("-want +got:\n%s", d)
				}
			}
		})
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	g := flow.Analyze(graphFlow(t, "1", "1>2,3 2>4 3>4 4>5 5>3 6>4 7>6"))
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "2", true}, {"1", "5", true}, {"2", "3", true}, {"3", "2", false}, {"5", "4", true}, {"4", "4", true}, {"1", "1", false},
		{"6", "4", false}, {"7", "6", true}, {"6", "7", false}, {"1", "99", false}, {"99", "1", false},
	} {
		if got := g.Before(c.a, c.b); got != c.want {
			t.Errorf("Before(%s, %s) = %v", c.a, c.b, got)
		}
	}
	if diff := cmp.Diff(map[string]bool{"1": true, "2": true, "3": true, "4": true, "5": true}, g.Earlier("4")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2", "3", "6"}, g.Predecessors("4")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2", "3"}, g.Successors("1")); diff != "" {
		t.Error(diff)
	}
	if g.Reachable("7") || !g.Reachable("5") || g.Reachable("99") || len(g.Earlier("99")) != 0 {
		t.Error("reachability")
	}
}

// randomEdges writes a random graph of n actions; one edge in ten leads nowhere.
func randomEdges(r *rand.Rand, n int) string {
	var out []string
	for i := 1; i <= n; i++ {
		id := strconv.Itoa(i)
		if r.IntN(4) == 0 {
			id += "d"
		}
		var to []string
		for range r.IntN(4) {
			to = append(to, strconv.Itoa(1+r.IntN(n+n/10+1)))
		}
		if len(to) > 1 {
			id = strings.TrimSuffix(id, "d")
		}
		out = append(out, id+">"+strings.Join(to, ","))
	}
	return strings.Join(out, " ")
}

// What Analyze says of random graphs is what following every way says, and the short form gives every one back.
func TestRandomGraphs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(14)
		edges := randomEdges(r, n)
		f := graphFlow(t, "1", edges)
		g := flow.Analyze(f)
		reach := map[[2]string]bool{} // by at least one edge
		for range n {
			for _, a := range f.Actions {
				for _, e := range a.Edges() {
					if f.Action(e.Connection.NextID) == nil {
						continue
					}
					reach[[2]string{a.ID, e.Connection.NextID}] = true
					for _, b := range f.Actions {
						if reach[[2]string{e.Connection.NextID, b.ID}] {
							reach[[2]string{a.ID, b.ID}] = true
						}
					}
				}
			}
		}
		for _, a := range f.Actions {
			reachable := a.ID == "1" || reach[[2]string{"1", a.ID}]
			if g.Reachable(a.ID) != reachable {
				t.Fatalf("%s: Reachable(%s) = %v", edges, a.ID, !reachable)
			}
			for _, b := range f.Actions {
				want := reach[[2]string{a.ID, b.ID}] && (reachable || !g.Reachable(b.ID))
				if g.Before(a.ID, b.ID) != want || g.Earlier(b.ID)[a.ID] != want {
					t.Fatalf("%s: Before(%s, %s) is not %v", edges, a.ID, b.ID, want)
				}
			}
		}
		for _, c := range g.Cycles {
			for i, id := range c.ActionIDs {
				next := c.ActionIDs[(i+1)%len(c.ActionIDs)]
				if a := f.Action(id); a.TypeID == flow.TypeDelay || !strings.Contains(" "+strings.Join(g.Successors(id), " ")+" ", " "+next+" ") {
					t.Fatalf("%s: %v is no loop without a delay", edges, c.ActionIDs)
				}
			}
		}
		text := toYAML(t, f.Node)
		if strings.HasPrefix(text, "flow:") {
			t.Fatalf("%s: no steps were found", edges)
		}
	}
}

func longChain(t testing.TB, n int) *flow.Flow {
	var edges strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&edges, "%d>%d ", i, i+1)
	}
	fmt.Fprintf(&edges, "%d>", n)
	return graphFlow(t, "1", edges.String())
}

func TestLongChain(t *testing.T) {
	t.Parallel()
	const n = 10_000
	f := longChain(t, n)
	g := flow.Analyze(f)
	if len(g.Unreachable) != 0 || !g.Before("1", strconv.Itoa(n)) || g.Before(strconv.Itoa(n), "1") {
		t.Error("the chain is broken")
	}
	toYAML(t, f.Node)
}

// Branch after branch, each in the other's arm: deeper than YAML may nest.
func TestDeepBranches(t *testing.T) {
	t.Parallel()
	var edges strings.Builder
	for i := 1; i <= 1200; i += 2 {
		fmt.Fprintf(&edges, "%d>%d,%d %d> ", i, i+1, i+2, i+1)
	}
	edges.WriteString("1201>")
	text := toYAML(t, graphFlow(t, "1", edges.String()).Node)
	if strings.HasPrefix(text, "flow:") {
		t.Error("no steps were found")
	}
}

func BenchmarkAnalyze(b *testing.B) {
	f := longChain(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		flow.Analyze(f)
	}
}
