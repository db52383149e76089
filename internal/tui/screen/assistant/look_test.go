package assistant_test

import (
	"fmt"
	"os"
	"testing"
)

func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" {
		t.Skip("look")
	}
	for _, s := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		if v := os.Getenv("SIZE"); v != "" && v != fmt.Sprint(s[0]) {
			continue
		}
		d := demo(t, s[0], s[1])
		show := func(n string) { fmt.Printf("=== %s %v\n%s\n", n, s, d.Screen()) }
		show("main")
		d.Press("enter")
		show("detail")
		d.Press("esc", "c", "down", "down", "down", "right")
		show("settings")
		d.Press("m")
		show("models")
		d.Press("/").Type("gpt-5-mini")
		d.Press("enter", "enter")
		show("refuses")
		d.Press("X")
		d.Press("s")
		show("pad")
		d.Press("ctrl+s")
		show("asked")
		d.Press("ctrl+t")
		show("tokens")
		d.Press("esc")
		d.Press("ctrl+r")
		show("records")
		d.Press("down", "enter", "ctrl+s")
		show("asked2")
		d.Press("]")
		show("details")
		d.Press("]")
		show("compare")
		d.Press("esc", "w")
		show("write")
	}
}
