package flowdraw

import (
	"strings"

	"askflow/internal/flow"
	"askflow/internal/report"
	"askflow/internal/source"
	"askflow/internal/tui/text"
)

// frame is how a card's border is drawn: corners from the top left, then across and down.
type frame [6]string

// cardFrame tells by its form whether a card is under the cursor, and whether it lies on the chosen path.
func cardFrame(selected, lit bool) frame {
	switch {
	case lit:
		return frame{"╔", "╗", "╚", "╝", "═", "║"}
	case selected:
		return frame{"┏", "┓", "┗", "┛", "━", "┃"}
	}
	return frame{"╭", "╮", "╰", "╯", "─", "│"}
}

// glyph is the sign of an action's kind.
func (d *Drawing) glyph(a *flow.Action) string {
	switch {
	case a == nil:
		return "◎"
	case d.kinds.IsOpenAI(a):
		return "✦"
	}
	switch a.Type {
	case flow.ListBranchType, flow.StaticBranchType, flow.ABTestBranch:
		return "◇"
	case flow.SingleConnection:
		signs := map[string]string{flow.TypeCreateTask: "▤", flow.TypeNotification: "◔", flow.TypeInternalEmail: "@", flow.TypeSetProperty: "✎",
			flow.TypeDelay: "◷", flow.TypeDelayUntil: "◷", flow.TypeCreateRecord: "+"}
		if s := signs[a.TypeID]; s != "" {
			return s
		}
	}
	return "○"
}

// card draws one card.
func (d *Drawing) card(c *canvas, i int) {
	p, v := d.pens, &d.view
	o := &v.options
	n := &d.graph.nodes[i]
	x, y, w := v.box(i)
	selected := i == v.selected
	f, border := cardFrame(selected, o.Lit[n.id]), p.border
	switch {
	case selected && o.Focused:
		border = p.focus
	case o.Lit[n.id]:
		border = p.lit
	}
	inner := w - 2
	put := func(line int, left, body, right string) { c.put(x, y+line, w, border.on(left)+body+border.on(right)) }
	put(0, f[0], d.head(n, f, border, inner), f[1])
	put(1, f[5], d.name(n, selected, inner), f[5])
	put(2, f[5], d.summary(n, inner), f[5])
	put(3, f[2], border.on(strings.Repeat(f[4], inner)), f[3])
}

// head is the upper border: the kind, and how many records came here.
func (d *Drawing) head(n *node, f frame, border pen, width int) string {
	p := d.pens
	label, style := "Enrollment triggers", p.heading
	if n.action != nil {
		kind := d.kinds.Of(n.action)
		label, style = kind.Label, p.accent
		if !kind.Emulated {
			style = p.faint
		}
	}
	count := ""
	if v, ok := d.view.options.Counts[n.id]; ok && width >= 16 {
		count = " " + report.Number(v) + " "
	}
	room := width - 2 - 2 - text.Width(count)
	if room < 4 {
		return border.on(strings.Repeat(f[4], width))
	}
	label = text.Clip(d.glyph(n.action)+" "+label, room)
	rest := width - 1 - 2 - text.Width(label) - text.Width(count)
	if count == "" {
		return border.on(f[4]) + " " + style.on(label) + " " + border.on(strings.Repeat(f[4], rest))
	}
	return border.on(f[4]) + " " + style.on(label) + " " + border.on(strings.Repeat(f[4], rest-1)) + p.text.on(count) + border.on(f[4])
}

// name is the line with the action's name and id, the cursor, and the worst problem.
func (d *Drawing) name(n *node, selected bool, width int) string {
	p := d.pens
	lead, style := "  ", p.strong
	if selected {
		lead = "▸ "
		style = p.idle
		if d.view.options.Focused {
			style = p.marked
		}
	}
	sign, signStyle := d.sign(n, width)
	room := width - 3
	if sign != "" {
		room -= text.Width(sign) + 1
	}
	if room < 1 {
		return text.Fit("", width)
	}
	name, id := d.flow.ObjectType().Plural, ""
	if n.action != nil {
		name, id = "action "+n.id, ""
		if n.action.Name != "" && n.action.Name != n.id {
			name, id = n.action.Name, " "+n.id
		}
	} else if d.flow.ObjectTypeID == "" {
		name = "records"
	}
	name = text.Clip(name, room)
	line := style.on(name)
	used := text.Width(name)
	if id = text.Clip(id, room-used); id != "" && used+text.Width(id) <= room {
		line += p.faint.on(id)
		used += text.Width(id)
	}
	line = lead + line + strings.Repeat(" ", max(0, room-used))
	if sign != "" {
		line += " " + signStyle.on(sign)
	}
	return text.Fit(line, width)
}

// sign marks the worst problem of a card, with a word where there is room.
func (d *Drawing) sign(n *node, width int) (string, pen) {
	sign, style := "", d.pens.warn
	switch d.view.options.Problems[n.id] {
	case source.SeverityError:
		sign, style = "✗ error", d.pens.bad
	case source.SeverityWarning:
		sign = "! warning"
	case source.SeverityNote:
		sign, style = "· note", d.pens.faint
	}
	if width < 26 && sign != "" {
		sign = strings.Fields(sign)[0]
	}
	return sign, style
}

// summary is the line that says what the action does.
func (d *Drawing) summary(n *node, width int) string {
	var words string
	switch {
	case n.action != nil:
		words = describer{d.flow, d.kinds, d.view.options.Names}.action(n.action)
	default:
		words = d.who()
	}
	return "  " + d.pens.text.on(text.ClipFit(words, width-3)) + " "
}

// who says who enrolls, shortly.
func (d *Drawing) who() string {
	list := Triggers(d.flow)
	if len(list) == 0 {
		return "nobody enrolls by itself"
	}
	return list[0]
}
