package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/internal/jsonschema/schematest"
)

// The test binary doubles as a program that keeps the contract, or breaks it in
// the way that this variable names.
const fakeVariable = "TRTNAS_TEST_TRAINER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(fakeVariable); mode != "" {
		fakeTrainer(mode)
		return
	}
	os.Exit(m.Run())
}

// fake is the program in a mode.
func fake(mode string, args ...string) Program {
	return Program{
		Name: "fake", Source: evaluator.AccuracyExternal, Path: os.Args[0], Args: args,
		Env: []string{fakeVariable + "=" + mode}, Time: 20 * time.Second, Silence: 10 * time.Second,
	}
}

const described = `{"event":"described","data":"made up","data_fingerprint":"0123456789abcdef","classes":10,"images":100,"validation_images":50,"recipe":"none/1","versions":{"fake":"1"}}`

// breaks are the ways to break the contract with a line.
var breaks = map[string]string{
	"text":       "Downloading weights...",
	"array":      `[1, 2]`,
	"kind":       `{"event":"finished"}`,
	"percent":    `{"event":"done","epoch":%d,"top1":100.1,"validation_images":50}`,
	"no images":  `{"event":"done","epoch":%d,"top1":50}`,
	"too early":  `{"event":"done","epoch":0,"top1":50,"validation_images":50}`,
	"class":      `{"event":"failed","class":"bored","message":"no"}`,
	"question":   described,
	"two ends":   `{"event":"done","epoch":%[1]d,"top1":50,"validation_images":50}` + "\n" + `{"event":"progress","epoch":%[1]d}`,
	"half":       `{"event":"done","ep`,
	"invalid":    `{"event":"failed","class":"invalid network","message":"no\nattention"}`,
	"memory":     `{"event":"failed","class":"out of memory"}`,
	"diverged":   `{"event":"failed","class":"diverged","message":"nan"}`,
	"setup":      `{"event":"failed","class":"setup","message":"no images"}`,
	"no newline": "",
}

func fakeTrainer(mode string) {
	var r Request
	line, _ := bufio.NewReader(os.Stdin).ReadBytes('\n')
	schemas := schematest.Schemas{Folder: "../../docs/schemas"}
	if err := errors.Join(json.Unmarshal(line, &r), schemas.Check("trtnas.train-request/1", line)); err != nil || r.Contract != Contract {
		fmt.Fprintln(os.Stderr, "no request:", string(line), err)
		os.Exit(1)
	}
	if r.Do == Describe && !strings.HasPrefix(mode, "describe ") {
		fmt.Println(described)
		return
	}
	if broken, ok := breaks[strings.TrimPrefix(mode, "describe ")]; ok && broken != "" {
		if strings.Contains(broken, "%") {
			broken = fmt.Sprintf(broken, r.Until)
		}
		fmt.Println(broken)
		return
	}
	misbehave(mode, r)
}

func misbehave(mode string, r Request) {
	switch mode {
	case "flood":
		for {
			fmt.Print(strings.Repeat("x", 1<<10))
		}
	case "talkative":
		for {
			fmt.Printf(`{"event":"progress","epoch":0,"message":%q}`+"\n", strings.Repeat("x", 1<<15))
		}
	case "nothing":
	case "no newline":
		fmt.Printf(`{"event":"done","epoch":%d,"top1":50,"validation_images":50}`, r.Until)
	case "crash":
		fmt.Fprintln(os.Stderr, "cannot reach the cluster with", os.Args[len(os.Args)-1], "and", os.Getenv("CLUSTER_TOKEN"))
		os.Exit(3)
	case "signal":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	case "silent":
		fmt.Println(`{"event":"progress","epoch":0}`)
		time.Sleep(time.Minute)
	case "child": // hangs, and so does what it started
		child := exec.Command("sleep", "60")
		_ = child.Start()
		_ = os.WriteFile(os.Args[len(os.Args)-1], fmt.Append(nil, child.Process.Pid), 0o644)
		time.Sleep(time.Minute)
	case "slow":
		for {
			fmt.Println(`{"event":"progress","epoch":0}`)
			time.Sleep(50 * time.Millisecond)
		}
	case "done, then fails":
		fakeDone(r)
		os.Exit(1)
	default:
		fakeDone(r)
	}
}

// fakeDone answers with a top-1 that is the network's own and grows with the
// epochs; a network whose ID begins with the last argument is invalid.
func fakeDone(r Request) {
	if args := os.Args[1:]; len(args) > 0 && strings.HasPrefix(r.Network, args[len(args)-1]) {
		fmt.Println(breaks["invalid"])
		return
	}
	for epoch := 1; epoch < r.Until; epoch++ {
		fmt.Printf(`{"event":"top1","epoch":%d,"top1":%v,"validation_images":50}`+"\n", epoch, fakeTop1(r.Network, epoch))
	}
	fmt.Printf(`{"event":"done","epoch":%d,"top1":%v,"validation_images":50}`+"\n", r.Until, fakeTop1(r.Network, r.Until))
}

func fakeTop1(id string, epoch int) float64 {
	var n int
	_, _ = fmt.Sscanf(id[:2], "%x", &n)
	return float64(2*(n*17%23) + epoch)
}
