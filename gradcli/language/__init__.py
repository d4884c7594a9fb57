"""The language of programs: from text to a tree, to flat code, to a run; and the values of inputs."""
