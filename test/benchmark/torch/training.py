"""Answers test/benchmark/training.ts: 'steps BATCH COUNT' and 'evaluation', in milliseconds, on one thread."""
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)
images = torch.randint(0, 256, (10_000, 784), dtype=torch.uint8)
labels = torch.randint(0, 10, (10_000,))
pixels = (images.float() / 255 - 0.1307) / 0.3081
model = torch.nn.Sequential(torch.nn.Linear(784, 100), torch.nn.ReLU(), torch.nn.Linear(100, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def steps(batch: int, count: int) -> float:
    batches = [torch.randint(0, 10_000, (batch,)) for _ in range(count)]
    start = time.perf_counter()
    for chosen in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(pixels[chosen]), labels[chosen]).backward()
        optimizer.step()
    return (time.perf_counter() - start) * 1000 / count


def evaluation() -> float:
    start = time.perf_counter()
    with torch.no_grad():
        logits = model((images.float() / 255 - 0.1307) / 0.3081)
        F.cross_entropy(logits, labels).item()
        (logits.argmax(1) == labels).float().mean().item()
    return (time.perf_counter() - start) * 1000


print(torch.__version__, flush=True)
for line in sys.stdin:
    words = line.split()
    print(steps(int(words[1]), int(words[2])) if words[0] == "steps" else evaluation(), flush=True)
