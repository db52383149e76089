package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"askflow/internal/cli"
)

// TestMain makes the test binary stand in for the program, so that scripts start whole processes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"emulator": func() {
			os.Exit(cli.New(os.Stdin, os.Stdout, os.Stderr).Run(context.Background(), os.Args[1:]))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:               setup,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"harmless": harmless,
			"scrub":   scrub,
			"repeat":  repeat,
			"lines":   lines,
			"columns": columns,
		},
	})
}
