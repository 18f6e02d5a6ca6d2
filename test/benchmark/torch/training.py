"""Answers 'mlp BATCH COUNT', 'cnn BATCH COUNT' and 'evaluation' of test/benchmark/training.ts with milliseconds."""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
now = time.process_time if "--processor-time" in sys.argv else time.perf_counter
torch.manual_seed(1)
images = torch.randint(0, 256, (10_000, 784), dtype=torch.uint8)
labels = torch.randint(0, 10, (10_000,))
pixels = (images.float() / 255 - 0.1307) / 0.3081
coloured = torch.randn(1000, 3, 32, 32)
mlp = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
cnn = nn.Sequential(
    *(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(3), nn.Conv2d(16, 64, 4), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten()),
    *(nn.Linear(64, 384), nn.ReLU(), nn.Linear(384, 192), nn.ReLU(), nn.Linear(192, 10)),
)
networks = {
    name: (model, data, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9))
    for name, model, data in (("mlp", mlp, pixels), ("cnn", cnn, coloured))
}


def steps(name: str, batch: int, count: int) -> float:
    model, data, optimizer = networks[name]
    batches = [torch.randint(0, len(data), (batch,)) for _ in range(count)]
    start = now()
    for chosen in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(data[chosen]), labels[chosen]).backward()
        optimizer.step()
    return (now() - start) * 1000 / count


def evaluation() -> float:
    start = now()
    with torch.no_grad():
        logits = mlp((images.float() / 255 - 0.1307) / 0.3081)
        F.cross_entropy(logits, labels).item()
        (logits.argmax(1) == labels).float().mean().item()
    return (now() - start) * 1000


print(torch.__version__, flush=True)
for line in sys.stdin:
    words = line.split()
    print(evaluation() if words[0] == "evaluation" else steps(words[0], int(words[1]), int(words[2])), flush=True)
