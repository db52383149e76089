package builder_test

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/ui"
)

func TestLook(t *testing.T) {
	r := demo(t, 80, 24)
	r.host.do = builder.Create
	r.Press("x")
	t.Log("\n" + r.Screen())
	r.Type("Sort the mail").Press("ctrl+s")
	t.Log("\n" + r.Screen())
	r.Press("enter")
	t.Log("\n" + r.Screen())
	t.Logf("%#v", r.host.got)
	const file = "workflows/sort-the-mail.yaml"
	r.open(file, builder.Triggers)
	t.Log("\n" + r.Screen())
	r.choose("+ when")
	t.Log("\n" + r.Screen())
	r.choose("lifecycle")
	t.Log("\n" + r.Screen())
	r.Press("down", "space", "ctrl+s")
	t.Log("\n" + r.Screen())
	r.choose("show the change")
	t.Log("\n" + r.Screen())
	r.Press("enter")
	t.Logf("%#v\n%s", r.host.got, r.file(file))
	r.open(file, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.AddAction(env, wf, "", "", "") })
	t.Log("\n" + r.Screen())
	r.Press("enter")
	t.Log("\n" + r.Screen())
	r.Press("down").Press("down").Type("Hello ").Press("ctrl+t")
	t.Log("\n" + r.Screen())
	r.choose("firstname")
	t.Log("\n" + r.Screen())
	r.Press("ctrl+s")
	t.Log("\n" + r.Screen())
	r.Press("enter")
	t.Log("\n" + r.Screen())
	t.Logf("%#v\n%s", r.host.got, r.file(file))
	_ = context.Background()
}
