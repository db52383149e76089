package inspect

import "askflow/internal/tui/keymap"

// Keys are the actions of an enrollment and of a comparison.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "inspect.open", Keys: []string{"enter"}, Short: "read", Help: "Go into the text of the step, or of the record, to scroll it"},
		{ID: "inspect.ask", Keys: []string{"i"}, Short: "next ask", Help: "Go to the next step that asked OpenAI"},
		{ID: "inspect.mode", Keys: []string{"m"}, Short: "mode", Help: "Show the prompt as template, rendered or both; the response raw, as Markdown or as JSON"},
		{ID: "inspect.tab", Keys: []string{"]"}, Short: "next tab", Help: "Show the next tab of the step"},
		{ID: "inspect.find", Keys: []string{"/"}, Short: "find", Help: "Find a word in the text"},
		{ID: "inspect.nexthit", Keys: []string{"n"}, Short: "next hit", Help: "Go to the next place where the word stands"},
		{ID: "inspect.prevhit", Keys: []string{"N"}, Short: "hit before", Help: "Go to the place before where the word stands", Quiet: true},
		{ID: "inspect.copy", Keys: []string{"y"}, Short: "copy", Help: "Copy the prompt, the response, or what is shown"},
		{ID: "inspect.pager", Keys: []string{"o"}, Short: "pager", Help: "Show the text in $PAGER"},
		{ID: "inspect.kind", Keys: []string{"!"}, Short: "kind", Help: "Show all records that differ, or only those that differ in one thing: response, state, path, effects, enrolled"},
		{ID: "inspect.swap", Keys: []string{"s"}, Short: "swap", Help: "Swap the two runs"},
		{ID: "inspect.goon", Keys: []string{"r"}, Short: "go on", Help: "Go on looking for records that differ"},
		{ID: "inspect.changes", Keys: []string{"c"}, Short: "changes", Help: "List what was changed between the two runs"},
	}
}
