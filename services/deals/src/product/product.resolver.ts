import { Args, ID, Int, Mutation, Query, Resolver, ResolveReference } from '@nestjs/graphql';
import type { Actor } from '@voronka/contracts';
import {
  By,
  Can,
  connection,
  ImportResult,
  type ListArgs,
  type RequestContext,
  showReferred,
  type Referred,
} from '@voronka/service-kit';
import {
  CreateProductInput,
  ImportProductInput,
  ProductConnection,
  ProductType,
  showProduct,
  UpdateProductInput,
} from './product.graphql.js';
import { productList } from './product.list.js';
import { ProductService } from './product.service.js';

@Resolver(() => ProductType)
export class ProductResolver {
  constructor(private readonly products: ProductService) {}

  @Query(() => ProductType, { name: 'product', nullable: true, description: 'A product; null where there is none.' })
  @Can('read', 'product')
  async find(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which one.' }) id: string,
  ): Promise<ProductType | null> {
    const product = await this.products.find(by, id);
    return product && showProduct(product);
  }

  @Query(() => ProductConnection, { name: 'products', description: 'The catalogue, by name.' })
  @Can('read', 'product')
  async list(@By() by: Actor, @Args({ type: () => productList.Args }) args: ListArgs) {
    return connection(await this.products.list(by, args), showProduct);
  }

  @Mutation(() => ProductType, { description: 'Puts a product into the catalogue.' })
  @Can('manage', 'product')
  async createProduct(
    @By() by: Actor,
    @Args('input', { description: 'The product.' }) input: CreateProductInput,
  ): Promise<ProductType> {
    return showProduct(await this.products.create(by, input));
  }

  @Mutation(() => ProductType, { description: 'Renames or prices a product anew, or withdraws it from sale.' })
  @Can('manage', 'product')
  async updateProduct(
    @By() by: Actor,
    @Args('id', { type: () => ID, description: 'Which one.' }) id: string,
    @Args('input', { description: 'What shall change.' }) input: UpdateProductInput,
    @Args('expectedVersion', {
      type: () => Int,
      nullable: true,
      description: 'The version you saw; refused with CONFLICT when the product has moved on since.',
    })
    expectedVersion?: number | null,
  ): Promise<ProductType> {
    return showProduct(await this.products.update(by, id, input, expectedVersion));
  }

  @Mutation(() => [ImportResult], { description: 'Imports up to 500 products; each row is answered for itself.' })
  @Can('import', 'product')
  importProducts(
    @By() by: Actor,
    @Args('rows', { type: () => [ImportProductInput], description: 'The products.' }) rows: ImportProductInput[],
  ): Promise<ImportResult[]> {
    return this.products.import(by, rows);
  }

  @ResolveReference()
  referred(referred: readonly Referred[], ctx: RequestContext): Promise<(ProductType | null)[]> {
    return showReferred(ctx, referred, (by, ids) => this.products.byIds(by, ids), showProduct);
  }
}
