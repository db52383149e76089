package workflows_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestLook(t *testing.T) {
	d, _, _ := rehearse(t, "")
	p := func(s string) { fmt.Println("=====", s); for i, l := range strings.Split(d.Screen(), "\n") { if i > 3 && i < 40 && !strings.Contains(l, "│                                                            │") { fmt.Println(l) } } }
	d.Press("n").Type("Thank new leads").Press("ctrl+s", "enter")
	d.Press("t", "enter").Type("message").Press("enter", "ctrl+s").Type("show the").Press("enter")
	p("diff")
	d.Press("enter")
	p("written")
	d.Press("a", "enter")
	p("ask")
	d.Press("ctrl+s")
	p("ask saved")
}
