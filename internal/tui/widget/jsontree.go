package widget

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"askflow/internal/tui/text"
	"askflow/internal/tui/ui"
)

// JSONTree shows JSON whose objects and arrays fold. What is no JSON is said in a sentence.
type JSONTree struct {
	tree        *Tree
	rows        []int32 // the nodes that are not folded away
	cursor, top int     // of rows
	height      int
}

// NewJSON reads JSON and shows it. Large texts are read by PrepareJSON in a Load and shown by SetTree.
func NewJSON(raw string) *JSONTree {
	j := &JSONTree{}
	j.SetTree(PrepareJSON(raw))
	return j
}

// SetTree shows JSON that was read before.
func (j *JSONTree) SetTree(tree *Tree) {
	if tree == nil {
		tree = &Tree{Problem: "There is no text, so there is no JSON in it."}
	}
	j.tree, j.cursor, j.top = tree, 0, 0
	j.unfold()
}

// Problem says why the text is no JSON, "" when it is.
func (j *JSONTree) Problem() string { return j.tree.Problem }

// unfold lists the rows again.
func (j *JSONTree) unfold() {
	j.rows = j.rows[:0]
	for i := int32(0); i < int32(len(j.tree.nodes)); {
		j.rows = append(j.rows, i)
		if n := &j.tree.nodes[i]; n.folded {
			i = n.end
		} else {
			i++
		}
	}
	j.cursor = max(0, min(j.cursor, len(j.rows)-1))
}

// Selected is the JSON path of the value under the cursor, and the value as JSON; both "" when there is none.
func (j *JSONTree) Selected() (path, value string) {
	if len(j.rows) == 0 {
		return "", ""
	}
	at := j.rows[j.cursor]
	return j.tree.path(at), j.tree.write(at)
}

// Press handles the keys that lists have, and those that fold; false for any other.
func (j *JSONTree) Press(env *ui.Env, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	key, is := msg.String(), env.Keys.Is
	page := max(1, j.height-1)
	if len(j.rows) == 0 {
		return nil, false
	}
	switch {
	case is("nav.up", key):
		j.move(-1)
	case is("nav.down", key):
		j.move(1)
	case is("nav.pageup", key):
		j.move(-page)
	case is("nav.pagedown", key):
		j.move(page)
	case is("nav.top", key):
		j.cursor = 0
	case is("nav.bottom", key):
		j.cursor = len(j.rows) - 1
	case is("nav.toggle", key):
		j.fold(!j.node().folded)
	case is("nav.left", key):
		return nil, j.outwards()
	case is("nav.right", key):
		return nil, j.inwards()
	default:
		return nil, false
	}
	return nil, true
}

func (j *JSONTree) node() *node { return &j.tree.nodes[j.rows[j.cursor]] }

func (j *JSONTree) fold(folded bool) {
	if n := j.node(); n.holds() && n.count > 0 && n.folded != folded {
		n.folded = folded
		j.unfold()
	}
}

// outwards folds, or goes to what is around; false when nothing is.
func (j *JSONTree) outwards() bool {
	n := j.node()
	if n.holds() && n.count > 0 && !n.folded {
		j.fold(true)
		return true
	}
	if n.parent < 0 {
		return false
	}
	for j.rows[j.cursor] != n.parent {
		j.cursor--
	}
	return true
}

// inwards unfolds, or goes to the first value within; false for a value that holds none.
func (j *JSONTree) inwards() bool {
	n := j.node()
	switch {
	case !n.holds() || n.count == 0:
		return false
	case n.folded:
		j.fold(false)
	default:
		j.move(1)
	}
	return true
}

func (j *JSONTree) move(by int) { j.cursor = max(0, min(j.cursor+by, len(j.rows)-1)) }

// Wheel moves the cursor by lines.
func (j *JSONTree) Wheel(lines int) { j.move(lines) }

// Click puts the cursor on the row drawn at line y of the last View, or folds it where the cursor is there already; false when there is
// none.
func (j *JSONTree) Click(y int) bool {
	row := j.top + y
	if y < 0 || y >= j.height || row >= len(j.rows) {
		return false
	}
	if row == j.cursor {
		j.fold(!j.node().folded)
	}
	j.cursor = row
	return true
}

// Position says which row the cursor is on; "" when everything is on the screen.
func (j *JSONTree) Position() string {
	if len(j.rows) <= j.height {
		return ""
	}
	return fmt.Sprintf("%d/%d", j.cursor+1, len(j.rows))
}

// View draws the rows on the screen: at most height lines of at most width cells.
func (j *JSONTree) View(env *ui.Env, width, height int, focused bool) string {
	if width <= 0 || height <= 0 {
		return ""
	}
	if j.tree.Problem != "" {
		lines := text.Wrap(j.tree.Problem, width)
		for i := range lines {
			lines[i] = env.Theme.Warn.Render(lines[i])
		}
		return strings.Join(lines[:min(len(lines), height)], "\n")
	}
	j.height = height
	if j.tree.Cut && height > 1 {
		j.height--
	}
	j.top = max(0, min(j.top, j.cursor, len(j.rows)-j.height))
	if j.cursor >= j.top+j.height {
		j.top = j.cursor - j.height + 1
	}
	lines := make([]string, 0, height)
	for i := j.top; i < len(j.rows) && len(lines) < j.height; i++ {
		lines = append(lines, j.line(env, i, width, focused))
	}
	if j.tree.Cut && height > 1 {
		lines = append(lines, env.Theme.Warn.Render(text.Clip(fmt.Sprintf("Only the first %d values are shown.", len(j.tree.nodes)), width)))
	}
	return strings.Join(lines, "\n")
}

func (j *JSONTree) line(env *ui.Env, row, width int, focused bool) string {
	n := &j.tree.nodes[j.rows[row]]
	th := env.Theme
	base := lipgloss.NewStyle()
	edge := " "
	if row == j.cursor {
		if base, edge = th.CursorIdle, "▌"; focused {
			base = th.Cursor
		}
	}
	over := func(s lipgloss.Style, out string) string {
		if row == j.cursor {
			s = s.Background(base.GetBackground())
		}
		return s.Render(out)
	}
	sign := "  "
	if n.holds() && n.count > 0 {
		if sign = "▾ "; n.folded {
			sign = "▸ "
		}
	}
	var b strings.Builder
	b.WriteString(over(th.Accent, edge))
	b.WriteString(over(th.Faint, text.ClipFit("", min(2*int(n.depth), width/2))+sign))
	if n.index >= 0 {
		b.WriteString(over(th.Faint, fmt.Sprintf("%d: ", n.index)))
	} else if n.parent >= 0 {
		b.WriteString(over(th.Info, text.Clip(n.key, width)) + over(th.Faint, ": "))
	}
	style, value := n.look(env, width)
	b.WriteString(over(style, value))
	line := text.Cut(b.String(), width)
	if fill := width - text.Width(line); fill > 0 && row == j.cursor {
		line += base.Render(text.ClipFit("", fill))
	}
	return line
}

// look is how a value is drawn beside its key.
func (n *node) look(env *ui.Env, width int) (lipgloss.Style, string) {
	th := env.Theme
	switch n.kind {
	case object:
		return th.Faint, "{" + counted(n.count, "member") + "}"
	case array:
		return th.Faint, "[" + counted(n.count, "item") + "]"
	case str:
		return th.Value, `"` + text.Clip(n.value, width) + `"`
	case number:
		return th.Token, text.Clip(n.value, width)
	case boolean:
		return th.Warn, n.value
	}
	return th.Faint, n.value
}

func counted(n int32, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
