package flowdraw_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/flow"
	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

func env() *ui.Env { return &ui.Env{Theme: theme.For(true)} }

// portal are the workflows of a folder, by the name of the golden file.
func portals(t testing.TB) map[string]*flow.Flow {
	t.Helper()
	files, err := filepath.Glob("../../../testdata/scenarios/*/workflows/*")
	if err != nil {
		t.Fatal(err)
	}
	demo, err := filepath.Glob("../../../testdata/demo/workflows/*")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*flow.Flow{}
	for _, file := range append(demo, files...) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, problems := flow.Parse(file, data, flow.DefaultOpenAIAction())
		if f == nil {
			t.Fatalf("%s: %v", file, problems)
		}
		parts := strings.Split(filepath.ToSlash(file), "/")
		out[parts[len(parts)-3]+"-"+strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))] = f
	}
	if len(out) < 20 {
		t.Fatalf("only %d workflows were found", len(out))
	}
	return out
}

// read makes a flow of v4 actions.
func read(t testing.TB, start string, actions ...string) *flow.Flow {
	t.Helper()
	text := fmt.Sprintf(`{"id":"1","name":"crafted","type":"CONTACT_FLOW","flowType":"WORKFLOW","objectTypeId":"0-1","isEnabled":true,"startActionId":%q,"actions":[%s]}`, start, strings.Join(actions, ","))
	f, problems := flow.Parse("crafted.json", []byte(text), flow.DefaultOpenAIAction())
	if f == nil {
		t.Fatalf("%v", problems)
	}
	return f
}

// delay is an action that leads to another one; kind is STANDARD or GOTO.
func delay(id, next, kind string) string {
	connection := ""
	if next != "" {
		connection = fmt.Sprintf(`,"connection":{"edgeType":%q,"nextActionId":%q}`, kind, next)
	}
	return fmt.Sprintf(`{"type":"SINGLE_CONNECTION","actionId":%q,"actionTypeVersion":0,"actionTypeId":"0-1","fields":{"delta":"2880","time_unit":"MINUTES"}%s}`, id, connection)
}

func quoted(s string) string {
	out, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// branch is an if/then branch; an arm is NAME=ID, "NAME=" one that ends. The last one is the default.
func branch(id string, arms ...string) string {
	var list []string
	def := ""
	for i, a := range arms {
		name, next, _ := strings.Cut(a, "=")
		connection := ""
		if next != "" {
			connection = fmt.Sprintf(`{"edgeType":"STANDARD","nextActionId":%q}`, next)
		}
		if i == len(arms)-1 {
			if connection != "" {
				def = `,"defaultBranch":` + connection
			}
			def += fmt.Sprintf(`,"defaultBranchName":%s`, quoted(name))
			continue
		}
		if connection != "" {
			connection = `,"connection":` + connection
		}
		list = append(list, fmt.Sprintf(`{"filterBranch":{"filterBranchType":"OR","filterBranchOperator":"OR","filterBranches":[],"filters":[]},"branchName":%s%s}`, quoted(name), connection))
	}
	return fmt.Sprintf(`{"type":"LIST_BRANCH","actionId":%q,"listBranches":[%s]%s}`, id, strings.Join(list, ","), def)
}

func crafted(t testing.TB) map[string]*flow.Flow {
	t.Helper()
	chain := make([]string, 0, 1000)
	for i := 1; i <= 1000; i++ {
		next := fmt.Sprint(i + 1)
		if i == 1000 {
			next = ""
		}
		chain = append(chain, delay(fmt.Sprint(i), next, "STANDARD"))
	}
	arms, many := []string{}, []string{}
	for i := 2; i <= 41; i++ {
		arms = append(arms, fmt.Sprintf("Arm %d=%d", i-1, i))
		next := "50"
		if i%3 == 0 {
			next = ""
		}
		many = append(many, delay(fmt.Sprint(i), next, "STANDARD"))
	}
	return map[string]*flow.Flow{
		"crafted-empty":       read(t, ""),
		"crafted-no-start":    read(t, "99", delay("1", "2", "STANDARD"), delay("2", "", "")),
		"crafted-chain":       read(t, "1", chain...),
		"crafted-forty-arms":  read(t, "1", append(append([]string{branch("1", arms...)}, many...), delay("50", "", ""))...),
		"crafted-loop":        read(t, "1", delay("1", "2", "STANDARD"), branch("2", "Again=3", "Done=4"), delay("3", "1", "STANDARD"), delay("4", "", "")),
		"crafted-goto":        read(t, "1", delay("1", "2", "STANDARD"), branch("2", "Back=3", "On=4"), delay("3", "1", "GOTO"), delay("4", "77", "STANDARD"), delay("5", "4", "STANDARD"), delay("6", "7", "GOTO"), delay("7", "", "")),
		"crafted-self":        read(t, "1", delay("1", "1", "STANDARD"), delay("2", "3", "STANDARD"), delay("3", "2", "STANDARD")),
		"crafted-uneven":      read(t, "1", branch("1", "Long=2", "None=6", "Two=7", "Nobody="), delay("2", "3", "STANDARD"), delay("3", "4", "STANDARD"), delay("4", "5", "STANDARD"), delay("5", "6", "STANDARD"), delay("6", "", ""), delay("7", "8", "STANDARD"), delay("8", "6", "STANDARD")),
		"crafted-nested":      read(t, "1", branch("1", "A=2", "B=3"), branch("2", "AA=4", "AB=5"), delay("3", "9", "STANDARD"), delay("4", "9", "STANDARD"), branch("5", "ABA=6", "ABB=9"), delay("6", "8", "STANDARD"), delay("8", "9", "STANDARD"), delay("9", "", "")),
		"crafted-skips":       read(t, "1", branch("1", "A=2", "B=3", "C=5"), delay("2", "4", "STANDARD"), delay("3", "4", "STANDARD"), delay("4", "5", "STANDARD"), delay("5", "", "")),
		"crafted-hard-names":  read(t, "1", branch("1", "\u001b[31mred=2", "宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽=", "אבגדה\u202eabc="), delay("2", "", "")),
		"crafted-unreachable": read(t, "1", delay("1", "", ""), delay("2", "3", "STANDARD"), delay("3", "", ""), delay("4", "", "")),
	}
}

func all(t testing.TB) map[string]*flow.Flow {
	flows := portals(t)
	for name, f := range crafted(t) {
		flows[name] = f
	}
	return flows
}

// draw draws everything of a small flow, or the window of a size.
func draw(t testing.TB, f *flow.Flow, o flowdraw.Options) string {
	t.Helper()
	view := flowdraw.New(f, nil).View(env(), o)
	tuitest.Whole(t, view, o.Width, o.Height)
	return ansi.Strip(view)
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	for name, f := range all(t) {
		var b strings.Builder
		for _, width := range []int{60, 80, 120, 200} {
			fmt.Fprintf(&b, "== %d columns ==\n", width)
			for _, line := range strings.Split(strings.TrimRight(draw(t, f, flowdraw.Options{Width: width, Height: 90, Selected: f.StartActionID, Focused: true}), " \n"), "\n") {
				b.WriteString(strings.TrimRight(line, " ") + "\n")
			}
		}
		tuitest.Golden(t, name, strings.TrimSuffix(b.String(), "\n"))
	}
}
