package check_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/check"
	"askflow/internal/flow"
)

// TestOrderAgainstWalks compares what is said about outputs in random workflows, loops included, with the definition:
// an action has always run before another one if the latter cannot be reached without it.
func TestOrderAgainstWalks(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	dir, _ := write(t, baseFiles())
	p := load(t, dir)
	for range 150 {
		n := 3 + random.IntN(9)
		next, reads := make([][]int, n+1), make([]int, n+1)
		for i := 1; i <= n; i++ {
			reads[i] = 1 + random.IntN(n)
			for range random.IntN(3) {
				next[i] = append(next[i], 1+random.IntN(n))
			}
		}
		f, _ := flow.Parse("workflows/w.json", []byte(branchesOf(next, reads)), p.Settings.OpenAIAction)
		found := map[string]bool{}
		for _, problem := range check.Flow(p, f) {
			if problem.Code == "output_not_on_every_path" || problem.Code == "output_not_yet_there" {
				message, _, _ := strings.Cut(problem.Message, ",")
				found[problem.Code+" "+message] = true
			}
		}
		want := map[string]bool{}
		reached := walkFrom(next, 1, 0)
		for b := 1; b <= n; b++ {
			if code := orderCode(next, reached, reads[b], b); code != "" {
				if reads[b] == b {
					want[fmt.Sprintf("%s action %d (Value equals branch) reads its own output", code, b)] = true
					continue
				}
				want[fmt.Sprintf("%s action %d (Value equals branch) reads an output of action %d (Value equals branch)", code, b, reads[b])] = true
			}
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Fatalf("edges %v, reads %v (-want +got):\n%s", next[1:], reads[1:], diff)
		}
	}
}

// branchesOf makes every action a branch that compares the output of another action.
func branchesOf(next [][]int, reads []int) string {
	var actions []string
	for i := 1; i < len(next); i++ {
		var arms []string
		for k, j := range next[i] {
			arms = append(arms, fmt.Sprintf(`{"branchValue":"%d","connection":{"edgeType":"STANDARD","nextActionId":"%d"}}`, k, j))
		}
		input := fmt.Sprintf(`{"type":"FIELD_DATA","actionId":"%d","dataKey":"hs_execution_state"}`, reads[i])
		actions = append(actions, static(fmt.Sprint(i), input, strings.Join(arms, ","), ""))
	}
	return contactFlow(strings.Join(actions, ","))
}

// walkFrom marks what can be reached from an action without passing through another one.
func walkFrom(next [][]int, from, without int) []bool {
	seen := make([]bool, len(next))
	if from == without {
		return seen
	}
	seen[from] = true
	for stack := []int{from}; len(stack) > 0; {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, j := range next[i] {
			if j != without && !seen[j] {
				seen[j] = true
				stack = append(stack, j)
			}
		}
	}
	return seen
}

func orderCode(next [][]int, reached []bool, a, b int) string {
	if !reached[b] {
		return ""
	}
	canHaveRun := reached[a] && slices.ContainsFunc(next[a], func(i int) bool { return walkFrom(next, i, 0)[b] })
	switch {
	case !canHaveRun:
		return "output_not_yet_there"
	case a == b || walkFrom(next, 1, a)[b]:
		return "output_not_on_every_path"
	default:
		return ""
	}
}
