package tui_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/ui"
)

func keys(t *testing.T) *keymap.Map {
	t.Helper()
	m, err := tui.Keymap()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNoClashes(t *testing.T) {
	t.Parallel()
	if problems := keys(t).Clashes("keys.yaml"); len(problems) > 0 {
		t.Error(problems)
	}
}

// actions finds every string of the screen's code that names an action, with how often it stands there.
func actions(t *testing.T) map[string]int {
	t.Helper()
	name := regexp.MustCompile(`^(app|workflows|assistant|records|runs|inbox|account|inspect|builder|nav|filter|dialog)\.[a-z0-9]+$`)
	found := map[string]int{}
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, is := n.(*ast.BasicLit); is && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && name.MatchString(s) {
					found[s]++
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Whatever a place offers is in the table of keys, and whatever is in the table is offered somewhere.
func TestEveryActionIsInTheTable(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, s := range keys(t).All() {
		known[s.ID] = true
		if s.Short == "" || s.Help == "" {
			t.Errorf("%s says nothing about itself", s.ID)
		}
	}
	used := actions(t)
	if len(used) < 60 {
		t.Fatalf("only %d actions were found in the code", len(used))
	}
	for id := range used {
		if !known[id] {
			t.Errorf("the code offers %s, which no list of keys has", id)
		}
	}
	for id := range known {
		place := keymap.Place(id)
		if place == "nav" || strings.HasPrefix(id, "app.place") { // these are put together
			continue
		}
		if used[id] < 2 { // once in the list itself
			t.Errorf("%s is in the list of keys, but nothing offers it", id)
		}
	}
}

// tables are the places of docs/keys.md with their headings.
func tables() [][2]string {
	out := [][2]string{{"app", "Everywhere"}}
	for p := range ui.Places {
		out = append(out, [2]string{strings.ToLower(p.String()), p.String()})
	}
	return append(out, [2]string{"inspect", "One record of a run, and two runs compared"}, [2]string{"builder", "Changing a workflow"}, [2]string{"nav", "Lists, tables and texts"}, [2]string{"filter", "While a filter is typed"}, [2]string{"dialog", "Dialogs"})
}

const keysIntro = `# The keys of the screen

Made from the program's own table; a test fails when this page is not what the program does. On the screen, ` + "`?`" + ` lists the keys
that work where you are, and ` + "`:`" + ` finds any action by its name. Numbers switch places; letters act on what is under the cursor.

## Other keys

A file gives actions other keys. It is read from ` + "`askflow/keys.yaml`" + ` in your folder for settings (` + "`~/.config`" + ` on Linux,
` + "`~/Library/Application Support`" + ` on macOS, ` + "`%AppData%`" + ` on Windows) if it is there, or from ` + "`--keys FILE`" + `:

` + "```yaml" + `
runs.cancel: X            # one key in place of those of the action
app.palette: [":", f1]    # or several
app.theme: []             # none: the action is found in the list of actions only
` + "```" + `

Keys are written like ` + "`x`, `X`, `ctrl+x`, `alt+x`, `enter`, `esc`, `tab`, `space`, `pgup`, `f5`" + `. Keys that work everywhere come after those of
a place, so a key that leads to both is refused; within a place one key may lead to several actions of which one at a time is
offered. What is wrong in the file is said with its line, and the program ends with exit code 2 before it draws anything.

The exit code is 0 when the screen was left, 2 for wrong usage and for a portal that cannot be opened, and 70 after a mistake of the
program's own: the terminal is given back, runs keep what is done, and a report without keys and records is written to a file that is named.
`

func docOf(m *keymap.Map) string {
	var b strings.Builder
	b.WriteString(keysIntro)
	cell := strings.NewReplacer("|", `\|`)
	for _, table := range tables() {
		rows := ""
		for _, s := range m.All() {
			if keymap.Place(s.ID) != table[0] {
				continue
			}
			var names []string
			for _, k := range s.Keys {
				names = append(names, "`"+cell.Replace(k)+"`")
			}
			rows += fmt.Sprintf("| %s | `%s` | %s |\n", strings.Join(names, " "), s.ID, cell.Replace(s.Help))
		}
		if rows != "" {
			b.WriteString("\n## " + table[1] + "\n\n| keys | action | what it does |\n|---|---|---|\n" + rows)
		}
	}
	return b.String()
}

// docs/keys.md is made with UPDATE_DOCS=1 go test ./internal/tui -run TestKeysDoc.
func TestKeysDoc(t *testing.T) {
	t.Parallel()
	m, path := keys(t), filepath.Join("..", "..", "docs", "keys.md")
	want := docOf(m)
	for _, s := range m.All() {
		if !strings.Contains(want, "`"+s.ID+"`") {
			t.Errorf("%s is in none of the tables", s.ID)
		}
	}
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/keys.md is not what the program does (write it anew with UPDATE_DOCS=1 go test ./internal/tui -run TestKeysDoc): %s", diff)
	}
}

// The example of the page works.
func TestTheExampleOfThePage(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(keysIntro, "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	m := keys(t)
	if problems := m.Remap("keys.yaml", []byte(example)); len(problems) > 0 {
		t.Fatal(problems)
	}
	if !m.Is("runs.cancel", "X") || !m.Is("app.palette", "f1") || len(m.Get("app.theme").Keys) != 0 {
		t.Errorf("%+v %+v", m.Get("runs.cancel"), m.Get("app.theme"))
	}
}
