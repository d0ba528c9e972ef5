"""The long tests, on real components: `make drill`. What they last found stands in README.md."""
