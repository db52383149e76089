package widget_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
)

type row struct {
	id   int
	name string
}

type asked struct {
	edge      int
	backwards bool
}

func table(env *ui.Env, n int) *widget.Table[row] {
	t := &widget.Table[row]{
		Columns: []widget.Column{{Title: "ID", Width: 6, Right: true}, {Title: "Name", Width: 10, Grow: 2}, {Title: "State", Width: 9, Drop: 1}, {Title: "Note", Width: 12, Grow: 1, Drop: 2}},
		Cells: func(r row) []widget.Cell {
			return []widget.Cell{{Text: strconv.Itoa(r.id)}, {Text: r.name, Style: env.Theme.Strong}, {Text: env.Theme.Good.Render("✓ done"), Drawn: true}, {Text: "note " + r.name}}
		},
		Key:   func(r row) string { return strconv.Itoa(r.id) },
		Empty: "Nothing here. Press r to run.",
	}
	t.Set(rows(0, n), false, false)
	return t
}

func rows(from, n int) []row {
	out := make([]row, n)
	for i := range out {
		out[i] = row{from + i, fmt.Sprintf("Row %d", from+i)}
	}
	return out
}

func at(t *testing.T, table *widget.Table[row]) int {
	t.Helper()
	r, ok := table.Selected()
	if !ok {
		return -1
	}
	return r.id
}

func TestTableKeys(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tab := table(env, 50)
	tab.View(env, 80, 11, true)
	for _, c := range []struct {
		keys string
		want int
	}{{"down", 1}, {"j j", 3}, {"up", 2}, {"pgdown", 11}, {"ctrl+f", 20}, {"pgup", 11}, {"G", 49}, {"down", 49}, {"g", 0}, {"k", 0}, {"end", 49}, {"home", 0}} {
		for _, k := range strings.Fields(c.keys) {
			if _, ok := tab.Press(env, tuitest.KeyPress(k)); !ok {
				t.Errorf("%s is not taken", k)
			}
		}
		if got := at(t, tab); got != c.want {
			t.Errorf("after %s: row %d, want %d", c.keys, got, c.want)
		}
	}
	if _, ok := tab.Press(env, tuitest.KeyPress("x")); ok {
		t.Error("x is taken")
	}
}

func TestTablePagesBothWays(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tab := table(env, 0)
	const total = 10000
	var last asked
	calls := 0
	tab.More = func(edge row, backwards bool) tea.Cmd {
		last = asked{edge.id, backwards}
		calls++
		return func() tea.Msg { return nil }
	}
	tab.Reset(rows(0, 100), false, true)
	serve := func() {
		if last.backwards {
			from := max(0, last.edge-100)
			tab.Add(rows(from, last.edge-from), true, from > 0)
			return
		}
		from := last.edge + 1
		tab.Add(rows(from, min(100, total-from)), false, from+100 < total)
	}
	step := func(k string, want int) {
		t.Helper()
		for range 3 * total {
			cmd, _ := tab.Press(env, tuitest.KeyPress(k))
			if cmd != nil {
				serve()
			}
			if tab.View(env, 60, 21, true); tab.Len() > 2200 {
				t.Fatalf("%d rows are held", tab.Len())
			}
			if at(t, tab) == want && cmd == nil {
				return
			}
		}
		t.Fatalf("%s never reaches row %d, only %d", k, want, at(t, tab))
	}
	step("pgdown", total-1)
	if tab.Items()[0].id == 0 {
		t.Error("rows far away are kept")
	}
	step("pgup", 0)
	for i, r := range tab.Items() {
		if r.id != i {
			t.Fatalf("row %d is %d: rows are lost or doubled", i, r.id)
		}
	}
	if calls < 150 {
		t.Errorf("only %d pages were fetched", calls)
	}
	tab.Reset(rows(0, 40), false, true)
	if cmd := tab.Move(39); cmd == nil {
		t.Fatal("nothing is fetched near the edge")
	}
	if cmd := tab.Move(-1); cmd != nil {
		t.Error("a page is fetched twice")
	}
	tab.Failed()
	if cmd := tab.Move(1); cmd == nil || !tab.Partial() {
		t.Error("after a failure nothing is fetched again")
	}
}

func TestTableMarks(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tab := table(env, 20)
	press := func(keys ...string) {
		for _, k := range keys {
			tab.Press(env, tuitest.KeyPress(k))
		}
	}
	press("space", "space", "down", "down", "v")
	if diff := cmp.Diff([]string{"0", "1", "2", "3", "4"}, tab.Marked()); diff != "" {
		t.Error(diff)
	}
	press("up", "up", "space")
	if diff := cmp.Diff([]string{"0", "1", "3", "4"}, tab.Marked()); diff != "" {
		t.Error(diff)
	}
	if got := strings.Count(ansi.Strip(tab.View(env, 60, 30, true)), "●"); got != 4 {
		t.Errorf("%d marks are drawn", got)
	}
	tab.Set(rows(3, 5), true, false)
	if diff := cmp.Diff([]string{"3", "4", "0", "1"}, tab.Marked()); diff != "" {
		t.Errorf("marks of rows that are not held: %s", diff)
	}
	press("V")
	if got := tab.Marked(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	press("v")
	if got := tab.Marked(); len(got) != 1 {
		t.Errorf("a range without a beginning marks %v", got)
	}
}

func TestTableKeepsItsPlace(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tab := table(env, 50)
	tab.Move(30)
	tab.View(env, 80, 10, true)
	tab.Set(rows(10, 40), true, false)
	if got := at(t, tab); got != 30 {
		t.Errorf("the cursor went to %d", got)
	}
	for _, height := range []int{1, 2, 40, 5} {
		if out := tab.View(env, 80, height, true); height > 1 && !strings.Contains(ansi.Strip(out), "Row 30") {
			t.Errorf("at height %d the cursor is not on the screen", height)
		}
	}
	tab.Set(rows(0, 3), false, false)
	if got := at(t, tab); got != 2 {
		t.Errorf("the cursor is on %d of 3 rows", got)
	}
	if !tab.Select("1") || at(t, tab) != 1 || tab.Select("99") || tab.Cursor() != 1 {
		t.Error("Select")
	}
	tab.Set(nil, false, false)
	if at(t, tab) != -1 || tab.Move(1) != nil || tab.Click(1) {
		t.Error("an empty table has a row")
	}
}

func TestTableClick(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tab := table(env, 50)
	tab.Move(20)
	tab.View(env, 80, 6, true) // rows 16 to 20
	for y, want := range map[int]bool{0: false, 1: true, 5: true, 6: false, -1: false} {
		if got := tab.Click(y); got != want {
			t.Errorf("Click(%d) = %t", y, got)
		}
	}
	if tab.Click(2); at(t, tab) != 17 {
		t.Errorf("the click went to %d", at(t, tab))
	}
	tab.Wheel(3)
	if at(t, tab) != 20 {
		t.Errorf("the wheel went to %d", at(t, tab))
	}
}

func TestTableFitsEveryWidth(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tab := table(env, 0)
	cells := tab.Cells
	tab.Cells = func(r row) []widget.Cell { return cells(r)[:min(4, r.id)] } // rows may have fewer cells
	tab.Set([]row{{1, hostile}, {2, strings.Repeat("長", 500)}, {3, ""}, {4, hostile}, {5, strings.Repeat("x", 10000)}}, false, false)
	for width := 1; width <= 200; width++ {
		for _, focused := range []bool{true, false} {
			tab.Move(1)
			out := tab.View(env, width, 7, focused)
			if err := tuitest.CheckPart(out, width, 7); err != nil {
				t.Fatalf("width %d: %v", width, err)
			}
			for _, line := range strings.Split(out, "\n") {
				if lipgloss.Width(line) != width {
					t.Fatalf("width %d: a line of %d", width, lipgloss.Width(line))
				}
			}
		}
	}
	tab.Set(nil, false, false)
	for width := 1; width <= 50; width++ {
		for height := 1; height < 4; height++ {
			if err := tuitest.CheckPart(tab.View(env, width, height, true), width, height); err != nil {
				t.Fatalf("empty, width %d: %v", width, err)
			}
		}
	}
	if tab.View(env, 0, 5, true)+tab.View(env, 5, 0, true) != "" {
		t.Error("something is drawn on no room")
	}
	tab.Wait()
	if out := tab.View(env, 40, 5, true); !strings.Contains(out, "Loading") {
		t.Errorf("an empty table that waits says %q", out)
	}
}

func TestTableGolden(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for _, width := range []int{40, 80, 120} {
		tab := table(env, 0)
		tab.Set([]row{{1, "Ada Byron"}, {22, "日本 花子"}, {333, hostile}, {4, "Zoë"}}, false, false)
		tab.Press(env, tuitest.KeyPress("down"))
		tab.Press(env, tuitest.KeyPress("space"))
		golden(t, fmt.Sprintf("table-%d", width), tab.View(env, width, 6, true))
	}
}

func BenchmarkTableView(b *testing.B) {
	env := testEnv(b)
	tab := &widget.Table[row]{Key: func(r row) string { return strconv.Itoa(r.id) }}
	for i := range 8 {
		tab.Columns = append(tab.Columns, widget.Column{Title: "Column " + strconv.Itoa(i), Width: 15, Grow: 1})
	}
	tab.Cells = func(r row) []widget.Cell {
		cells := make([]widget.Cell, 8)
		for i := range cells {
			cells[i] = widget.Cell{Text: r.name + " of Zürich", Style: env.Theme.Text}
		}
		cells[1].Style = env.Theme.Good
		return cells
	}
	tab.Set(rows(0, 1000), false, false)
	b.ReportAllocs()
	for b.Loop() {
		tab.View(env, 200, 60, true)
	}
}

// A column grows no further than it may; what it leaves goes to the others.
func TestTableColumnsGrowUpToTheirMost(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	list := table(env, 3)
	list.Columns[1].Grow, list.Columns[1].Most = 20, 14
	head := strings.Split(ansi.Strip(list.View(env, 100, 5, true)), "\n")[0]
	if note, state := strings.Index(head, "Note"), strings.Index(head, "State"); state != 2+6+2+14+2 || note != state+9+2 {
		t.Errorf("the columns stand at %d and %d: %q", state, note, head)
	}
	list.Columns[3].Grow = 0
	if lines := strings.Split(ansi.Strip(list.View(env, 100, 5, true)), "\n"); strings.Index(lines[0], "State") != 2+6+2+14+2 {
		t.Errorf("without another column that grows: %q", lines[0])
	}
}
