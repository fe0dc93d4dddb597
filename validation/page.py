"""`write_page`: the table of all claims with their pictures, drawn from the results alone."""

from pathlib import Path

from validation.claims import BENCHMARKS, CLAIMS, LONG, ROOMS, WITH_DATA, claim_module, place
from validation.report import read, report_file, table
from validation.style import house

__all__ = ["drawn", "write_page"]

HEAD = """# Validation

One claim a row. `python -m validation` runs the claims that take seconds, writes
`results/`, draws `figures/` from the JSON alone, and writes this page, all into
`validation/out`; with `--record` into `validation/`, where what is committed stands. A claim's own
file says where it comes from and with what tolerance. What fails is kept and shown, and why is told
[below](#what-was-found-on-the-way). The rest runs by name:

- what takes minutes: `python -m validation {long}`;
- what needs CIFAR-10 and CIFAR-100, in torchvision's layout or as sheets: `python -m validation
  {images} --data FOLDER`, two hours the first, minutes each other, which go on as well; whole,
  with SVHN, they belong to both presets below;
- benchmarks, on a quiet machine: `python -m validation {benchmarks}`;
- what needs MNIST and FashionMNIST, in a folder in torchvision's layout: `python -m validation
  networks_mnist networks_fashion --data FOLDER`, half an hour each on one core;
  `networks_finished_mnist networks_finished_fashion`, hours, which may be stopped and go on; and
  the paper's section 4.1 whole,
  `python -m validation --preset paper --data FOLDER`, which asks for a GPU;
- what needs texts or published numbers beside it, in the same folder: `python -m validation
  networks_alignment_text networks_alignment_width networks_shakespeare networks_languages
  networks_published_depth networks_published_width networks_published_rates networks_published_gpt
  --data FOLDER`, which go on as well;
- all that a GPU is for, results in a folder of their own: `python -m validation --preset gpu
  --data FOLDER --out FOLDER --missing --minutes 9`. It stops in time and is given again until it
  returns something else than 2; nothing is computed twice."""
FINDINGS = """## What was found on the way

- **Algorithm 1 as printed is not the elder rule.** It sees direct edges only, so the lowest minima,
  which have few lower neighbours, get bars that are too long, and the TO-score, which is the
  longest bar, grows with the number of minima on graphs whose weights are not minimax. Finished
  paths make both agree: the gap measures how unfinished the paths are.
- **A published table is met by its own recipe.** REPAIR's networks of 2 to 51 layers were trained
  with batch normalisation that went into the weights afterwards; without it ours of 11 layers
  stay at chance, 2.301, for 20 epochs. With it, and with their 50 epochs of 2000 images a step,
  losses half way are 0.99, 0.78, 1.00 and 1.00 times theirs as trained at 2, 4, 6 and 11 layers,
  and 1.4, 0.9, 1.4 and 0.6 times on matched lines; with their 100 epochs 1.01, 0.99 and 0.99
  times as trained at 32, 64 and 128 units, and 0.8, 0.7 and 0.7 matched. After as many steps of
  480 and 240 images the matched ones are 0.4 times theirs at 11 layers of 64 and 128 units:
  steps of fewer images leave networks that match better.
- **The rate decides whether matching works.** With Adam at 0.005 it leaves 4 % of the loss half way
  between networks of 3 layers of 512 units on MNIST, at 0.04 it leaves 90 %, as published: all
  eight numbers of the sweep are met to 0.6 to 1.2 times, after 5 epochs for 50. At 0.04 networks
  themselves are at 0.4 to 1.6, hardly trained. An aligned bar is to be told with its optimiser and
  its rate.
- **The nearest copy is not that of the lowest line.** Of the same networks, of 2 layers, the copy
  nearest by weights lies 32 away and leaves 1.26 half way, that by activations 36 away and 0.05:
  scales of the normalisation weigh units. Matched before these go into the weights, they are at
  0.05 as well. All of these leave outputs as they are.
- **Exchanges alone hardly align a transformer.** Between three GPTs of 2 layers on Shakespeare the
  line climbs 1.81 nats, 1.51 with heads and neurons exchanged, 0.88 where the residual stream is
  turned as well and heads are mixed inside, 0.66 by activations, 0.84 in one frame for all three,
  and 0.21 to copies that are learned (0.05 on other text, where a larger one has 0.02).
- **The wider a transformer, the worse the nearest copy.** Of lines between two GPTs of 2 layers, on
  text held out, matching by weights leaves 0.41, 0.44, 0.60 and 1.12 at 32, 64, 128 and 256 units,
  by activations 0.34, 0.35, 0.36 and 0.27, though its copies are farther; learned ones leave 0.10
  to 0.14. Published are 0.17 by weights and 0.01 learned at 256 units and 6 layers: it is not width
  that ours lack. One pair a width, one rate.
- **Transformers are joined, and curves have less left than loops.** Between four of
  212 thousand weights on Shakespeare the line climbs 1.16 nats, to the copies with streams and
  heads turned 0.59, and a curve with the mini-batches of one training 0.13 as trained and 0.05
  matched, 0.026 on held-out text, beside published 0.04 to 0.06. With those of five it climbs 0.066
  as trained, and nothing matched, on all six pairs: the paper has barriers that stay. A loop from
  one network over its shuffled weights and back, whose pass is 0, leaves 0.40 and 0.23: what is
  left says how far the method has come. Losses, 1.884 to 1.913, fall into no two levels, and curves
  lie 0.47 below their ends: networks of one training are no minima. On sentences in 67 languages
  it climbs 1.17, matched 0.43, a curve 0.16 and 0.10, with five trainings 0.071 and 0.02, a loop
  0.34 and 0.26. Of their losses, 2.297 to 2.321, one lies apart from three, as chance has it for 18
  of 100 samples of four.
- **The highest node of a path is no upper bound.** On most pairs it lies below the exact pass,
  since the top falls between two nodes; the maximum over the continuum never does.
- **One path a pair is not the pass.** The best way between two minima often leads through a third.
  Read from the graph, even rough paths come close to the exact barrier.
- **`gudhi.bottleneck_distance` is wrong on a few small pairs**, always too large. hera's, called
  with `delta=0`, is not, but has distances below 2e-10 for zero and never ends where differences
  overflow. Both are left to themselves: the distance is found among the costs, at any scale.
- **Sampling proves nothing.** Strings alone missed a pass on about one random polynomial in a
  hundred; with a climb out of every minimum none was missed on these, nor with saddles from many
  starts. Where each bar counts, pass saddles as well.
- **A stiff saddle hides flow lines.** Where a saddle expels thirty times as fast as it attracts,
  the two halves of its level cone nearly touch, and trajectories on both sides of a flow line look
  close. Counting from the other side showed lines missing; neighbours are now compared in the
  saddle's own units, in which the cone is right-angled.
- **Two close neighbours may have a finger between them.** Discs of ascent once missed lines without
  an error, on 3 of 50 random polynomials in space and on 8 of 83 in the plane: a thin finger of the
  disc reached out to a far pass and back between two neighbours that looked close. A pair now
  counts as settled only where its gap has shrunk with the refinement; both ways count the same.
- **Floats cannot hold a disc.** Directions at a point of index 2 that lead to different saddles may
  differ by less than 1e-16, by 1e-60 close to the birth of a pair. The discs are cut and refined on
  lower levels; the worst quartics in four variables cost half a minute for that, most a second.
- **No grid in four variables.** gudhi's CubicalComplex on 17^4 vertices is two digits short of
  three; in space three digits cost more than the exact complex, in the plane less.
- **The escape learning rate is linear in the bar on selected landscapes only.** Where the paper
  has the law it holds, R² 0.998 and more. Over random families the rate falls with the bar more
  often than it rises, and often it is pinned at 2 over the curvature, whatever the bar. What
  decides it is the orbit of a turning point of the step, which gives a threshold below which no
  start so near can leave.
- **With mini-batches the bar alone does not tell.** At one bar and one mean temperature mean escape
  times differed up to eightfold. The quasi-potential mends that for symmetric noise, for skewed
  noise only the cumulants of a step do. With the same noise everywhere times grow exponentially
  with the bar, as Arrhenius and Kramers have it.
- **Lengths of bars are the exponents of a spectrum** computed without any use of bars, on the line
  and in the plane. On the line 234 of 234 bars agreed within 0.2 % over three seeds, most within a
  part in 10^9, with eigenvalues down to 1e-8000: weights are added up as logarithms.
- **At one small budget bars of fully connected networks get longer with depth; what grows is the
  price of a path.** From 2 to 4 hidden layers, 6 networks a depth on digits and 5 on MNIST and
  FashionMNIST, seed 0: bars as trained are 1.8 to 3.1 times as long with 4 layers, by 4 to 18
  standard errors. Aligned it is 13 to 31 on MNIST and FashionMNIST, and 2.0 or less on digits,
  which is no trend. But the budgets are small, 6 and 19 gradients on all images a path, on digits
  107 to 1068, and where heights of all depths fall by one power of the budget, every budget shows
  the same ratio. No length had settled: three times 6 gradients took 16 to 47 % off. On digits ten
  times 107 left bars of 2 layers as they were, 0.0021 against 0.0023 ± 0.0002: there the method is
  at its end, not the landscape.
- **Over finished paths those bars go, and what is left is no length of the landscape.** Ways over
  stations, cut anew at their tops, leave mean bars on digits of 2e-7 ± 2e-7, 1e-7 ± 1e-7 and
  9e-5 ± 9e-5 for 2, 3 and 4 layers at 1800 to 2000 gradients a pair, 4 networks a depth, seed 0:
  at 107 gradients a path six others had 0.0023, 0.0034 and 0.0072 left. To shuffled copies ways
  still climb 1.9e-4 ± 0.7e-4, 2.2e-4 ± 1.0e-4 and 2.3e-4 ± 0.6e-4 there, at 2000 gradients a way,
  where a pair's 2000 are up to 3900. With other minima and both nulls, at the last look within 4000
  gradients a way and 1, 2, 3, 4 and 6 layers, bars are 0, 5e-6 ± 3e-6, 5e-6 ± 5e-6, 5e-5 ± 5e-5 and
  2.8e-3 ± 1e-4 at weight decay 1e-3, and 2e-6, 2e-6, 1e-5 and 2e-4 for 1, 2, 4 and 6 layers at
  1e-4. From a network to itself, where the true climb is 0, the same method leaves 4e-5 to 7e-3,
  more than between networks at every depth. To shuffled copies it leaves 5e-6 to 6e-5, with 6
  layers 6e-4 and 3e-4. So the long bars of 6 layers are those of unfinished ways, as far as closed
  ways tell; the copies alone would call them longer than the method's error at decay 1e-3, and at
  4000 gradients they still fall. What grows with depth is the price: to bars of
  1e-3 it is 380, 770, 1700 and 2000 gradients a way for 1 to 4 layers, and more than 4100 for 6.
  Births, and with them deaths, fall with depth.
- **On MNIST and FashionMNIST a thousand gradients a way finish nothing.** On MNIST 5 networks of
  32 units a layer on 60000 images, decay 1e-3, seed 0, at 869 gradients a way: mean bars 8.1e-3 ±
  1.4e-3 with 2 layers and 2.4e-2 ± 0.2e-2 with 4; from a network to itself, where nothing has to
  be climbed, the same method leaves 1.3e-2 and 3.2e-2, to shuffled copies 9.5e-3 and 2.2e-2. So
  no length of the landscape is seen: all ways fall still, to 5.5e-3 and 2.0e-2 at 1185, and their
  laws have the limits 0 ± 3e-3 and 0 ± 1e-2. Four layers ask for three times as much as two,
  between networks and to themselves. So it is on FashionMNIST: 2.9e-2 ± 0.5e-2 and 1.2e-1 ±
  0.1e-1 at 869, to shuffled copies 3.4e-2 and 1.1e-1, from a network to itself 8.2e-2 and 1.7e-1,
  limits 0 ± 1e-2 and 0 ± 5e-2.
- **Trained networks are seldom at rest.** L-BFGS was stopped while losses still fell, from one look
  to the next by up to 0.3 % on digits, 1.9 % on MNIST and 6.8 % on FashionMNIST. On the kinks of
  ReLU it stalls: where kinks are rounded off, births fall a further 1.1e-3 and 1.4e-3 (2 and 4
  layers, digits) in 666 gradients, more than bars are long over finished paths. Minima lie lower
  with depth, but for weight decay 1e-2, where some networks of 4 layers collapse. The paper found
  shorter bars with depth, at a budget that it does not tell.
- **Passes of small tanh networks can be certified, and lie far below paths.** With 310 weights all
  6 tops of paths led to a pass of index one at round-off, and each of 4 trained minima reaches a
  lower one over certified passes alone: bars 0.00088, 0.0041 and 0.00043, where ways at 20000
  gradients a pair said 0.043, 0.0044 and 0.0039; the lowest has one, too, 0.0091. With 682 weights
  all 6 tops led to passes, of minima that nobody had trained; one of 4 bars is open. Four minima of
  one seed decide nothing about depth.
- **Curves with few bends are lower than chains of points.** On digits at 100 gradients a path, in
  medians over six pairs, those of Algorithms 2 and 3 climb 4 to 10 times as high as a swept curve,
  once 44 times, polygonal chains 1.3 to 2.9 times. Times that sweep the curve evenly gain 6 to 25 %
  over times drawn by chance there; at 300 gradients 16 to 20 % with tanh and nothing with ReLU,
  where aligned paths get 31 % higher. Alignment makes paths nine times as low on digits with tanh,
  bars shorter by a fifth on FashionMNIST with 4 layers.
- **A wider network has lower paths, once they are finished.** Embedding keeps the loss to the last
  bit. At 70 gradients a path heights fell on all pairs with tanh or one more layer, and on 1 of 6
  for ReLU from 16 to 32 units. At 2030 gradients a way they fall on all 6 there too, by 2.1e-4 ±
  0.6e-4, as Theorem 2 has it; to lower a way again moves one height by up to 4.9e-4. The ends do
  not fall there, by 1e-5, so what is left of the climb gets less, 3.4e-4 and 1.4e-4.
- **No step where parameters outnumber images.** At 2030 gradients a way mean bars of 4 networks
  with 2 layers of 8, 16, 32, 128 and 512 units on digits are 1.4e-3 ± 1.0e-3, 2.9e-4 ± 1.3e-4,
  6.3e-5 ± 0.6e-5, 1.0e-4 ± 0.1e-4 and 1.7e-4 ± 0.02e-4, with 4 layers of 8, 16 and 32 units
  2.0e-3 ± 1.1e-3, 1.1e-3 ± 0.5e-3 and 3.9e-4 ± 3.9e-4: nothing happens at the number of images,
  and beyond 32 units bars get no shorter; those of 512 fell by 2 % in the last 480
  gradients. With batch normalisation bars are five times as long and more, 1.6e-2 ± 0.4e-2,
  4.1e-3 ± 0.3e-3 and 2.6e-3 ± 0.4e-3 for 2 layers of 8, 16 and 32 units, 2.0e-3 ± 0.06e-3 for 4
  of 32, births 0.4 to 0.6 as high; nulls only of 2 plain layers of 8: closed 3.3e-3, copies
  2.5e-3.
- **Of convolutional networks no bar is told from what the method leaves.** 3 networks of each of
  the six kinds on 500 images of CIFAR-10, decay 1e-3, seed 0, at 230 gradients a way: mean bars of
  one layer of 32, 64 and 128 channels are 0.048, 0.028 and 0.022, of two of 32 and 64 0.018 and
  0.006, of three 0.031, with batch normalisation 0.017 to 0.096; from a network to itself the same
  method leaves 0.15 to 0.52, to its shuffled copy (one network of each) 0.009 to 0.032, about as
  much as the bars, and with batch normalisation 0.05 to 0.14, more than them. Tops fall with
  channels, 0.105, 0.081 and 0.074, as in the paper, and from one layer to two, 0.047, not to three,
  0.054. Batch normalisation lowered no minima, and no tops beyond their error. On 128 images, at
  280 gradients, tops did not fall with channels, bars of one layer were 2e-3 to 3e-3, of two and
  three 2e-4 and less: the more images, the more there is to climb, and the dearer the ways.
- **56 layers without skips did not train, and with skips ways get dearer with depth.** 3 residual
  networks of 8 channels each on 128 images of CIFAR-10 at 16 x 16, decay 1e-4, seed 0: all of 56
  layers without skips have half of their images wrong, so their bar mixes that with a barrier. At
  150 gradients a way mean bars are 0.022, 0.16 and 0.69 for 8, 20 and 56 layers with skips, 0.074
  and 1.3 for 8 and 20 without; closed ways still climb 0.25, 1.2, 1.9 and 0.46, 2.0, those to
  shuffled copies 0.21, 0.51, 1.5 and 0.43, 2.1. The paper has shorter bars with depth with skips;
  here no length is told from what the method leaves. Nor is one of WRN-16-2 with 5400 weights an
  image: 0.35 and 0.047 at 45 and 146 gradients, closed 1.7, 0.41, copies 0.17.
- **Bars told a small constant rate from an annealed one, and no single network.** 6 residual
  networks of each on 512 images of CIFAR-10 at 16 x 16, training losses without weight decay 0.0041
  and 0.0039, test errors 0.697 and 0.657, seed 0: at 270 gradients a way bars are 0.078 ± 0.005 and
  0.022 ± 0.002, p = 0.004, as in the paper. Within a type the longer bar is not the worse network,
  rank correlation 0.1, p = 0.4. All ways still fall, and closed ones climb 0.69 and 0.43. Those to
  a network's own shuffled copy, which owe nothing to the other networks, leave 0.092 and 0.037, of
  one network of each type: so what is seen may be the work that a way takes.
- **More networks leave the barcode as it is, at equal gradients a way.** Mean bars of nested sets
  of 4, 8, 16 and 32 networks 64-16-16-10 on digits are 1.8e-4 ± 1.1e-4, 4.4e-4 ± 1.8e-4, 5.0e-4 ±
  1.0e-4 and 4.9e-4 ± 0.5e-4 at 2030 gradients a way. So it is stable, as the paper has it, and so
  is what the budget leaves: closed ways climb 6.0e-4, those to shuffled copies 2.1e-4. At equal
  gradients a pair a way of 8 networks has twice those of 4, and bars fall to 5.6e-5 ± 4.3e-5.
- **Between networks all passes are alike.** Heights above the higher end deviate by a fifth or
  less, and cheap paths tell little about good ones. So a spanning tree asks for nearly all pairs
  of eight networks; to be bolder saved a quarter of them, and on another seed half, with a bar 5 %
  too long. Over finished ways of 5 networks it asks for 10 of 10 pairs where bars are 3e-5 (7 of
  10 where they are 1e-4), unless they may be longer by more than that. Ways to the lowest alone, 4
  of 10, give bars longer by up to 4.8e-5 and 6.5e-5, and lowering again moves them by more."""


def drawn(file: Path, out: Path) -> Path:
    """Draw the figure of a report from its JSON file alone, below `out`."""
    report = read(file)
    picture = out / "figures" / place(report["claim"]).with_suffix(".png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    with house():
        claim_module(report["claim"]).draw(report["data"]).savefig(picture, dpi=120)
    return picture


def write_page(out: Path) -> Path:
    """Write the table of all reports in the folder, with their pictures."""
    parts = [HEAD.format(
        long=" ".join(LONG), benchmarks=" ".join(BENCHMARKS), images=" ".join(ROOMS["convolutions"])
    )]  # fmt: skip
    for title, names in (
        ("Claims", CLAIMS + LONG + WITH_DATA),
        ("On a GPU", ("networks_gpu", *ROOMS["whole"])),
        ("Benchmarks", BENCHMARKS),
    ):
        files = [report_file(out, name) for name in names]
        reports = [read(file) for file in files if file.exists()]
        if reports:
            parts += [f"## {title}", table(reports), measured_on(reports[0])]
            parts += [f"![{r['title']}](figures/{place(r['claim'])}.png)" for r in reports]
    parts.append(FINDINGS)
    out.mkdir(parents=True, exist_ok=True)
    page = out / "README.md"
    page.write_text("\n\n".join(parts) + "\n")
    return page


def measured_on(report: dict) -> str:
    """Return one sentence on the machine, the versions and the seed."""
    machine = report["environment"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        f"Measured on {machine['processor']}, {machine['cores']} cores, Python "
        f"{machine['python']}, {versions}; seed {report['seed']}."
    )
