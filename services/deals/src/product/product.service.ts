import { Injectable } from '@nestjs/common';
import { DomainError, text, type Actor, type Id } from '@voronka/contracts';
import {
  check,
  checkPatch,
  money,
  one,
  optional,
  Store,
  type ImportOutcome,
  type ListArgs,
  type Page,
} from '@voronka/service-kit';
import { z } from 'zod';
import type { CreateProductInput, ImportProductInput, UpdateProductInput } from './product.graphql.js';
import { productList } from './product.list.js';
import { Product } from './product.js';

const content = z.object({ name: text(200), series: optional(text(100)), price: optional(money) });
const updated = content.extend({ active: z.boolean() });
const imported = content.extend({ externalId: text(200) });

@Injectable()
export class ProductService {
  constructor(private readonly store: Store) {}

  async create(by: Actor, { id: wanted = null, ...input }: CreateProductInput): Promise<Product> {
    const product = check(content, input);
    const { record } = await this.store.create(by, Product, { id: wanted, content: product }, (_, id, now) =>
      Product.list(id, product, by.id, now),
    );
    return record;
  }

  async update(by: Actor, id: Id, input: UpdateProductInput, expectedVersion?: number | null): Promise<Product> {
    const patch = checkPatch(updated, input);
    const { product } = await this.store.write(by, { product: one(Product, id, expectedVersion) }, ({ product }, now) =>
      product.change(patch, now),
    );
    return product;
  }

  import(by: Actor, rows: readonly ImportProductInput[]): Promise<ImportOutcome[]> {
    return this.store.importRows(Product, rows, (row, id) => {
      const { externalId, ...product } = check(imported, row);
      return this.store.create(by, Product, { id, externalId, content: product }, (_, newId, now) =>
        Product.list(newId, product, by.id, now),
      );
    });
  }

  find(by: Actor, id: Id): Promise<Product | null> {
    return this.store.find(by, Product, id);
  }
  byIds(by: Actor, ids: readonly Id[]): Promise<(Product | null)[]> {
    return this.store.byIds(by, Product, ids);
  }
  list(by: Actor, args: ListArgs): Promise<Page<Product>> {
    return this.store.list(by, productList, args);
  }

  /** The products by their ids, one for each place. Refuses with `PRODUCT_NOT_FOUND`; `field` names the place of an id. */
  async require(by: Actor, ids: readonly Id[], field: (index: number) => string): Promise<Product[]> {
    if (ids.length === 0) return [];
    const found = new Map((await this.byIds(by, [...new Set(ids)])).map((product) => [product?.id, product]));
    return ids.map((id, i) => {
      const product = found.get(id);
      if (product) return product;
      throw new DomainError(
        'PRODUCT_NOT_FOUND',
        'There is no product with this id. Choose one from `products`.',
        field(i),
      );
    });
  }
}
