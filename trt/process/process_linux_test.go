package process

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// A program does not outlive a process that is killed, so that a run that is
// resumed finds the GPU free.
func TestKilledParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Dir, parent.Env = t.TempDir(), append(os.Environ(), fakeDeed+"=run")
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	found := pids(t, parent.Dir)
	t.Cleanup(func() { _ = syscall.Kill(found[1], syscall.SIGKILL) }) // nobody tells the child
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it says that it was killed
	ends(t, found[0])
}
