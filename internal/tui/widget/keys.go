// Package widget holds the parts that places are made of: tables, texts, charts, forms.
package widget

import "askflow/internal/tui/keymap"

// Keys are the actions that lists, tables and texts have in common.
func Keys() []keymap.Spec {
	quiet := func(id, help string, keys ...string) keymap.Spec {
		return keymap.Spec{ID: "nav." + id, Keys: keys, Short: help, Help: help, Quiet: true}
	}
	return []keymap.Spec{
		{ID: "filter.keep", Keys: []string{"enter"}, Short: "keep", Help: "Keep the filter, and go back to the list"},
		{ID: "filter.clear", Keys: []string{"esc"}, Short: "clear", Help: "Take the filter away"},
		quiet("up", "one line up", "up", "k"),
		quiet("down", "one line down", "down", "j"),
		quiet("pageup", "one page up", "pgup", "ctrl+b"),
		quiet("pagedown", "one page down", "pgdown", "ctrl+f"),
		quiet("top", "to the first", "home", "g"),
		quiet("bottom", "to the last", "end", "G"),
		quiet("left", "to the left", "left", "h"),
		quiet("right", "to the right", "right", "l"),
		quiet("mark", "mark the row, or take its mark away", "space"),
		quiet("range", "mark from the last marked row to this one", "v"),
		quiet("unmark", "take all marks away", "V"),
		quiet("toggle", "fold or unfold", "enter"),
		quiet("nexttab", "the next tab", "]"),
		quiet("prevtab", "the tab before", "["),
		quiet("grow", "make the pane larger", "+"),
		quiet("shrink", "make the pane smaller", "_"),
		quiet("zoom", "let the pane fill the screen, or shrink it again", "z"),
		quiet("filter", "filter: a word, or field:value", "/"),
		quiet("filteronoff", "switch the filter off, or on again", "f"),
		quiet("nexthit", "the next hit", "n"),
		quiet("prevhit", "the hit before", "N"),
		quiet("wrap", "wrap long lines, or cut them", "w"),
	}
}
